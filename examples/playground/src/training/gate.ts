// Lets epochs through: none while paused, one for each step, else at the speed that was chosen.

export class Gate {
  private isOpen = false;
  private steps = 0;
  private wake: (() => void) | undefined;
  private due = 0;

  /** @param epochsPerSecond Infinity for no limit. */
  constructor(public epochsPerSecond: number) {}

  get isPaused(): boolean {
    return !this.isOpen && this.steps === 0;
  }

  open(): void {
    this.isOpen = true;
    this.wake?.();
  }

  close(): void {
    this.isOpen = false;
    this.steps = 0;
  }

  /** Lets one epoch through, and then closes. */
  step(): void {
    this.isOpen = false;
    this.steps++;
    this.wake?.();
  }

  /** Resolves when the next epoch may begin, or when the signal aborts. */
  async pass(signal: AbortSignal): Promise<void> {
    const wake = () => this.wake?.();
    signal.addEventListener('abort', wake, { once: true });
    while (this.isPaused && !signal.aborted) {
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
      this.due = 0;
    }
    signal.removeEventListener('abort', wake);
    this.steps = Math.max(0, this.steps - 1);
    await this.wait();
  }

  private async wait(): Promise<void> {
    const now = performance.now();
    const early = this.due - now;
    this.due = Math.max(this.due, now) + 1000 / this.epochsPerSecond;
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  }
}
