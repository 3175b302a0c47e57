// Runs one case over all subjects: validates each, picks each library's fastest form, times them in interleaved rounds.

import { Bench } from 'tinybench';
import { leastTime, type Bound, type Ceilings, type Work } from './ceiling.js';
import { Unsupported, type RunnableCase, type Subject } from './subject.js';

/** One line of the JSON report. */
export interface Row {
  suite: string;
  case: string;
  subject: string;
  unit: 'GFLOP/s' | 'GB/s' | 'ms';
  /** Median over the rounds; null if there is none, and then `note` says why. */
  value: number | null;
  /** The best single call, in the row's own unit: what neighbours on the machine disturbed least. */
  best?: number;
  /** The best that one core could do, in the row's own unit: a highest rate, or a least time. */
  ceiling?: number;
  /** What sets that ceiling. */
  bound?: Bound;
  /** (largest - smallest) / median over the rounds. */
  spread?: number;
  note?: string;
}

/** What a suite asks of the harness for one case. */
export interface Contest<Outputs> {
  suite: string;
  case: string;
  /** What one run does at least. */
  work: Work;
  unit: Row['unit'];
  /** Sets the case up; undefined if the subject has no such suite. */
  create(subject: Subject): Promise<RunnableCase<Outputs> | undefined> | RunnableCase<Outputs> | undefined;
  /** Sets up what is timed, where it is not what is validated (dropout). */
  createTimed?(subject: Subject): Promise<RunnableCase<Outputs> | undefined> | RunnableCase<Outputs> | undefined;
  /** What is wrong with the outputs, if anything. */
  check(outputs: Outputs): string | undefined;
}

export interface Timing {
  /** Rounds in which every subject has one turn. */
  rounds: number;
  /** How long one turn should take. */
  turnMilliseconds: number;
}

export interface Result {
  rows: Row[];
  work: Work;
  /** True if a subject gave wrong values. */
  hasFailed: boolean;
}

/** Warm-up of a form: long enough for every engine tier to be reached, and for its pace to be known. */
const WARM_MILLISECONDS = 250;
/** One call of `run` should take at least this, so that the clock and the promise around it do not count. */
const CALL_MILLISECONDS = 4;
/** A subject that has had this long skips the rest of its rounds, after three. */
const PATIENCE_MILLISECONDS = 12_000;
const LEAST_ROUNDS = 3;

interface Contender {
  subject: Subject;
  runnable: RunnableCase<unknown>;
  /** Runs in one call. */
  count: number;
  /** Milliseconds of one run: a first estimate. */
  pace: number;
}

export async function contest<Outputs>(
  given: Contest<Outputs>,
  subjects: readonly Subject[],
  ceilings: Ceilings,
  timing: Timing,
): Promise<Result> {
  const reasons = new Map<string, string>();
  const contenders = new Map<string, Contender>();
  let hasFailed = false;
  for (const subject of subjects) {
    try {
      const entered = await enter(given, subject);
      if (!entered) continue;
      const rival = contenders.get(subject.name);
      if (rival && rival.pace <= entered.pace) entered.runnable.dispose();
      else {
        rival?.runnable.dispose();
        contenders.set(subject.name, entered);
      }
    } catch (error) {
      if (!(error instanceof Unsupported)) hasFailed = true;
      const reason = error instanceof Error ? error.message : String(error);
      reasons.set(subject.name, subject.form ? `${subject.form}: ${reason}` : reason);
    }
  }
  const times = await takeTurns([...contenders.values()], timing);
  for (const { runnable } of contenders.values()) runnable.dispose();

  const inUnit = (milliseconds: number) => valueOf(given.work, given.unit, milliseconds);
  const rows = [...new Set(subjects.map(({ name }) => name))].map((name): Row => {
    const own = times.get(name);
    const medians = own?.map((turn) => turn.median) ?? [];
    const form = contenders.get(name)?.subject.form;
    const reason = reasons.get(name) ?? (own ? undefined : `offers no ${given.suite}`);
    const note = [form, reason].filter((part) => part !== undefined).join('; ') || undefined;
    return {
      suite: given.suite,
      case: given.case,
      subject: name,
      unit: given.unit,
      value: own ? inUnit(median(medians)) : null,
      ...(own && { best: inUnit(Math.min(...own.map(({ least }) => least))) }),
      ceiling: ceilingOf(ceilings, given),
      bound: given.work.bound ?? 'compute',
      ...(own && { spread: spreadOf(medians) }),
      ...(note !== undefined && { note }),
    };
  });
  return { rows, work: given.work, hasFailed };
}

/** The ceiling of a row. */
export function ceilingOf(ceilings: Ceilings, { work, unit }: { work: Work; unit: Row['unit'] }): number {
  return valueOf(work, unit, leastTime(ceilings, work));
}

const valueOf = (work: Work, unit: Row['unit'], milliseconds: number): number =>
  unit === 'ms' ? milliseconds : rateOf(work, unit, milliseconds);

/** GFLOP/s or GB/s of work that takes so long. */
export function rateOf({ flops, bytes = 0 }: Work, unit: 'GFLOP/s' | 'GB/s', milliseconds: number): number {
  return (unit === 'GB/s' ? bytes : flops) / milliseconds / 1e6;
}

/** Sets a subject up, checks its values, warms it up and finds its pace. Undefined if it does not take part in the suite. */
async function enter<Outputs>(given: Contest<Outputs>, subject: Subject): Promise<Contender | undefined> {
  let runnable = await given.create(subject);
  if (!runnable) return undefined;
  try {
    const problem = given.check(await runnable.outputs());
    if (problem !== undefined) throw new Error(`FAILED validation: ${problem}`);
    if (given.createTimed) {
      runnable.dispose();
      runnable = (await given.createTimed(subject))!;
    }
    const pace = await warmUp(runnable);
    return { subject, runnable, pace, count: Math.max(1, Math.ceil(CALL_MILLISECONDS / pace)) };
  } catch (error) {
    runnable.dispose();
    throw error;
  }
}

async function warmUp(runnable: RunnableCase<unknown>): Promise<number> {
  const begin = performance.now();
  let pace = Infinity;
  for (let count = 1, isFirst = true; isFirst || performance.now() - begin < WARM_MILLISECONDS; isFirst = false) {
    const start = performance.now();
    await runnable.run(count);
    const elapsed = performance.now() - start;
    pace = Math.min(pace, elapsed / count);
    if (elapsed < CALL_MILLISECONDS) count *= 2;
  }
  return pace;
}

/** Milliseconds a run. */
interface Turn {
  median: number;
  least: number;
}

/** One turn for each round, by subject. The order is turned by one place each round. */
async function takeTurns(
  contenders: readonly Contender[],
  { rounds, turnMilliseconds }: Timing,
): Promise<Map<string, Turn[]>> {
  const times = new Map<string, Turn[]>(contenders.map(({ subject }) => [subject.name, []]));
  const spent = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < contenders.length; place++) {
      const contender = contenders[(place + round) % contenders.length]!;
      const { name } = contender.subject;
      const own = times.get(name)!;
      const soFar = spent.get(name) ?? 0;
      if (own.length >= LEAST_ROUNDS && soFar > PATIENCE_MILLISECONDS) continue;
      const start = performance.now();
      own.push(await takeTurn(contender, turnMilliseconds));
      spent.set(name, soFar + performance.now() - start);
    }
  }
  return times;
}

/** The times of one run in one turn. */
async function takeTurn({ subject, runnable, count }: Contender, turnMilliseconds: number): Promise<Turn> {
  const bench = new Bench({ time: turnMilliseconds, iterations: 1, warmup: false, throws: true });
  // Told, not found out: tinybench would call it once to see, and not wait for that before it times the next.
  bench.add(subject.name, () => runnable.run(count), { async: true });
  // The garbage of the subject before is not this one's to sweep, where node was started with --expose-gc.
  (globalThis as { gc?: () => void }).gc?.();
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (!('latency' in result)) throw new Error(`${subject.name}: ${result.state}`);
  return { median: result.latency.p50 / count, least: result.latency.min / count };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** (largest - smallest) / median. */
export const spreadOf = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / median(values);
