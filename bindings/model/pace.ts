// Keeps long runs polite: decides how many steps one call into the core takes, and gives the event loop its turns.

/** Where a page could freeze, turns are short; elsewhere they only let timers and signals through. */
const isPage = (): boolean => typeof document !== 'undefined';

export const defaultYieldMilliseconds = (): number => (isPage() ? 8 : 50);

/** Node's way to wait for the next turn without a timer's minimum delay. */
const { setImmediate: immediate } = globalThis as { setImmediate?: (run: () => void) => unknown };

/** Lets everything else that waits in the event loop run. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => (immediate ? immediate(resolve) : setTimeout(resolve, 0)));

/** The most steps that one call into the core takes: their feeds lie in a table, which should stay small. */
const MOST_STEPS = 4096;

export class Pace {
  private turnStart = performance.now();
  private millisecondsPerStep: number | undefined;

  constructor(private readonly turnMilliseconds: number) {}

  /** Steps that fit into the rest of the turn; one until the first were timed. */
  stepsFor(remaining: number): number {
    if (this.millisecondsPerStep === undefined) return 1;
    const left = this.turnMilliseconds - (performance.now() - this.turnStart);
    return Math.max(1, Math.min(remaining, MOST_STEPS, Math.floor(left / Math.max(this.millisecondsPerStep, 1e-4))));
  }

  /** Runs `body`, which does so many steps, and learns how long one takes. */
  time<T>(steps: number, body: () => T): T {
    const start = performance.now();
    const result = body();
    this.millisecondsPerStep = (performance.now() - start) / steps;
    return result;
  }

  /** Gives the event loop a turn if this one has lasted long enough. Returns whether it did. */
  async yieldIfDue(): Promise<boolean> {
    if (performance.now() - this.turnStart < this.turnMilliseconds) return false;
    await nextTurn();
    this.turnStart = performance.now();
    return true;
  }
}
