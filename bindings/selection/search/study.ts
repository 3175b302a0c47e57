import { checkExecutor, isReference, taskSeed, type Executor, type TaskReference } from '../../executors/executor.js'; // prettier-ignore
import { inline } from '../../executors/inline.js';
import { OptionError } from '../../runtime/errors.js';
import { RandomSequence } from '../../runtime/random.js';
import { checkNumber, checkOptions, describeValue, isObject } from '../../runtime/suggest.js';
import { checkHeader, endLine, headerLine, memoryJournal, readJournal, startLine, type Journal, type JournalHeader, type OpenJournal } from './journal.js'; // prettier-ignore
import type { Pruner } from './pruners/pruner.js';
import { runTrial } from './runTrial.js';
import type { Sampler } from './samplers/sampler.js';
import { tpe } from './samplers/tpe.js';
import type { Schedule } from './schedules/schedule.js';
import { checkSpace, spaceConfig, type Params, type ParamsOf, type Space } from './space.js';
import { observe, rankTrials, type Direction, type Observation, type StartedTrial, type Trial } from './trial.js';

export interface StudyOptions<S extends Space = Space, D = unknown> {
  /** What is searched, by name. */
  space: S;
  /**
   * The figure of a trial: a function of its parameters, or the address of one for executors that run elsewhere. In its context are
   * `seed`, `data`, `signal`, with a schedule `budget`, and `report(value)`, which ends the trial if it is pruned.
   */
  objective: Objective<ParamsOf<S>, D> | TaskReference;
  /** `minimize` by default. */
  direction?: Direction;
  /** `tpe()` by default. */
  sampler?: Sampler;
  /** Ends trials early by what they report; none by default. */
  pruner?: Pruner;
  /** Growing budgets; then it says how many trials there are. */
  schedule?: Schedule;
  /** How many trials, those of the journal included. Some samplers have a number of their own. */
  trials?: number;
  /** Of all draws and, trial by trial, of the objective; 0 by default. */
  seed?: number;
  /**
   * Trial k is drawn, and pruned, by what trials 0 to k - lag came to, all of which are awaited: so trials do not depend on who
   * finishes first. By default the executor's concurrency; give it to have the same trials on executors of different width.
   */
  lag?: number;
  /** `inline()` by default. */
  executor?: Executor;
  /** Given to every trial; workers get it once. */
  data?: D;
  /** Where trials are written down as they begin and end; a study on a journal that has some goes on with it. */
  journal?: Journal;
  /** Seconds after which a trial has failed. */
  timeLimit?: number;
  /** Ends the study: it rejects with the reason; the journal can go on. */
  signal?: AbortSignal;
  /** Called after each trial. */
  onTrial?: (trial: Trial, progress: { done: number; total: number }) => void;
}

/** What a study asks of a trial. */
export type Objective<P = Params, D = unknown> = (params: P, context: TrialContext<D>) => number | Promise<number>;

export interface TrialContext<D = unknown> {
  readonly seed: number;
  readonly data: D;
  readonly signal: AbortSignal;
  /** A figure on the way, at a step: 1, 2, 3 ... if not given. Rejects when the trial is to end; let that error pass. */
  report(progress: number | { step: number; value: number }): Promise<unknown>;
  /** Of a schedule; else undefined. */
  readonly budget?: number;
}

/** What came of a study. */
export interface SearchResult {
  readonly direction: Direction;
  readonly space: Space;
  /** All trials, by number. */
  readonly trials: readonly Trial[];
  /** The best complete trial, of the largest budget; the earliest of equal ones. Undefined if all failed. */
  readonly best: Trial | undefined;
}

const WHERE = 'study';
const OPTIONS = [
  ...['space', 'objective', 'direction', 'sampler', 'pruner', 'schedule', 'trials', 'seed', 'lag', 'executor', 'data'],
  ...['journal', 'timeLimit', 'signal', 'onTrial'],
];
/** Streams of the draws of each trial. */
const DRAWS = 0x60000000;

/** A study that runs. */
class Coordinator {
  readonly trials: (Trial | undefined)[];
  private readonly started: Map<number, StartedTrial>;
  private readonly running = new Map<number, Promise<void>>();
  private writing: Promise<void> = Promise.resolve();
  private next = 0;
  /** All trials below this one are done. */
  private settled = 0;
  private readonly drawn: readonly number[];

  constructor(
    private readonly options: Required<Pick<StudyOptions, 'direction' | 'sampler' | 'seed' | 'lag' | 'executor'>> &
      StudyOptions,
    private readonly total: number,
    private readonly journal: OpenJournal,
    contents: { started: ReadonlyMap<number, StartedTrial>; done: ReadonlyMap<number, Trial> },
  ) {
    this.started = new Map(contents.started);
    this.trials = Array.from({ length: total }, (_, i) => contents.done.get(i));
    let drawn = 0;
    this.drawn = Array.from({ length: total }, (_, i) => (options.schedule?.turns[i]?.from ? drawn : drawn++));
    this.advance();
  }

  private advance(): void {
    while (this.settled < this.total && this.trials[this.settled]) this.settled++;
  }

  /** All trials below this number must be done before trial `k` begins. */
  private needs(k: number): number {
    const { sampler, pruner, schedule, lag } = this.options;
    const turn = schedule?.turns[k];
    const ofSampler = turn?.from ? 0 : sampler.needs(k, lag);
    return Math.max(ofSampler, turn?.needs ?? 0, pruner ? this.known(k) : 0);
  }

  /** The trials below this number are what the pruner of trial `k` looks at. */
  private readonly known = (k: number): number => Math.max(0, k - this.options.lag + 1);

  private observe(end: number): Observation[] {
    return this.trials.slice(0, end).map((trial) => observe(trial!, this.options.direction));
  }

  async run(): Promise<void> {
    const { executor, signal } = this.options;
    for (;;) {
      signal?.throwIfAborted();
      while (this.next < this.total && this.running.size < executor.concurrency) {
        if (!this.trials[this.next]) {
          if (this.settled < this.needs(this.next)) break;
          this.start(this.next);
        }
        this.next++;
      }
      if (this.running.size === 0) return;
      await Promise.race(this.running.values());
    }
  }

  /** Waits until nothing runs and all is written. */
  async finish(): Promise<void> {
    await Promise.allSettled(this.running.values());
    await this.writing.catch(() => undefined);
  }

  private start(k: number): void {
    const run = this.runOne(k).finally(() => this.running.delete(k));
    // Whoever waits sees the error; nobody else shall.
    run.catch(() => undefined);
    this.running.set(k, run);
  }

  private async runOne(k: number): Promise<void> {
    let started = this.started.get(k);
    if (!started) {
      started = this.draw(k);
      this.started.set(k, started);
      await this.write(startLine(started));
    }
    const isPromoted = this.options.schedule?.turns[k]?.from;
    const nobody = isPromoted && Object.keys(started.params).length === 0;
    const trial: Trial = nobody
      ? { ...started, state: 'failed', reason: 'no trial of the rung before is left to go on', reports: [], seconds: 0 }
      : await runTrial(started, { ...this.options, known: this.observe(this.options.pruner ? this.known(k) : 0) });
    await this.write(endLine(trial));
    this.trials[k] = trial;
    this.advance();
    this.options.onTrial?.(trial, { done: this.trials.filter(Boolean).length, total: this.total });
  }

  private draw(k: number): StartedTrial {
    const { space, sampler, seed, schedule, lag, direction } = this.options;
    const turn = schedule?.turns[k];
    const place = turn && { place: { budget: turn.budget, bracket: turn.bracket, rung: turn.rung } };
    if (turn?.from) {
      const { first, end, rank } = turn.from;
      const parent = rankTrials(this.trials.slice(first, end) as Trial[], direction)[rank];
      return { number: k, params: parent?.params ?? {}, seed: parent?.seed ?? 0, ...place };
    }
    const trials = this.observe(sampler.needs(k, lag));
    const random = new RandomSequence(seed, DRAWS + k);
    const params = sampler.propose({ space, index: this.drawn[k]!, trials, random, seed });
    return { number: k, params, seed: taskSeed(seed, k), ...place };
  }

  private write(line: Uint8Array): Promise<void> {
    this.writing = this.writing.then(() => this.journal.append(line));
    return this.writing;
  }
}

/** How many trials there are. */
function countTrials({ trials, schedule, sampler, space }: StudyOptions & { sampler: Sampler }): number {
  if (schedule) {
    if (trials === undefined) return schedule.turns.length;
    throw new OptionError(
      `${WHERE}: the schedule has ${schedule.turns.length} trials. Give trials or a schedule, not both.`,
    );
  }
  const count = trials ?? sampler.size?.(space);
  if (count !== undefined) return checkNumber(WHERE, 'trials', count, { minimum: 1, integer: true });
  throw new OptionError(`${WHERE}: trials must be given with the sampler ${sampler.name}.`);
}

function checkStudy(options: StudyOptions): void {
  checkOptions(WHERE, options, OPTIONS);
  const { space, objective, direction = 'minimize', sampler = tpe(), pruner, schedule, journal, timeLimit } = options;
  checkSpace(WHERE, space);
  if (typeof objective !== 'function' && !isReference(objective)) {
    throw new OptionError(
      `${WHERE}: objective must be a function or { module, name }, got ${describeValue(objective)}.`,
    );
  }
  if (!['minimize', 'maximize'].includes(direction)) {
    throw new OptionError(`${WHERE}: direction must be 'minimize' or 'maximize', got ${describeValue(direction)}.`);
  }
  const members: [string, unknown, string, string][] = [
    ['sampler', sampler, 'propose', 'tpe()'],
    ['pruner', pruner, 'prunes', 'asha()'],
    ['schedule', schedule, 'turns', 'hyperband({ maximum: 27 })'],
    ['journal', journal, 'open', 'memoryJournal()'],
  ];
  for (const [name, value, member, example] of members) {
    if (value === undefined || (isObject(value) && member in value)) continue;
    throw new OptionError(`${WHERE}: ${name} must be one, such as ${example}, got ${describeValue(value)}.`);
  }
  if (timeLimit !== undefined) checkNumber(WHERE, 'timeLimit', timeLimit, { above: 0 });
}

const configOf = (thing: { name: string; config: unknown } | undefined) =>
  thing ? { name: thing.name, config: thing.config } : null;

/**
 * Searches a space: draws trials, runs them on an executor, ends those that look bad, and writes all down in a journal, from which
 * it goes on after any interruption with no trial lost or run twice; one that was cut off begins anew with the same parameters and seed.
 *
 * The same seed, `lag` and journal give the same trials on any executor. A trial that throws, returns what is not a finite number, or
 * exceeds `timeLimit` has failed; the study goes on.
 *
 * @throws OptionError for unknown or unfit options. @throws StateError for a journal of another study, or one in use.
 * @throws FormatError for a broken journal.
 * @example
 * const { best } = await study({
 *   space: { rate: logUniform(1e-4, 1e-1), width: integer(16, 256, { log: true }) },
 *   objective: async ({ rate, width }, { seed, signal, report }) => {
 *     using net = makeModel(rate, width, seed);
 *     await net.fit(x, y, { epochs: 9, signal, validationData, callbacks: [{ onEpochEnd: async (_, logs) => void (await report(logs.val_loss)) }] });
 *     return (await net.evaluate(xDev, yDev)).loss;
 *   },
 *   pruner: asha(),
 *   trials: 40,
 * });
 */
export async function study<S extends Space, D = unknown>(options: StudyOptions<S, D>): Promise<SearchResult> {
  const given = options as unknown as StudyOptions;
  checkStudy(given);
  const { space, direction = 'minimize', sampler = tpe(), pruner, schedule, seed = 0, executor = inline() } = given;
  checkExecutor(WHERE, executor);
  const lag = checkNumber(WHERE, 'lag', given.lag ?? executor.concurrency, { minimum: 1, integer: true });
  const total = countTrials({ ...given, sampler });
  const header: JournalHeader = {
    ...{ seed, lag, direction, space: spaceConfig(space) },
    ...{ sampler: configOf(sampler), pruner: configOf(pruner), schedule: configOf(schedule) },
  };
  given.signal?.throwIfAborted();
  const journal = await (given.journal ?? memoryJournal()).open();
  try {
    const contents = await takeUp(journal, header, given);
    const settings = { ...given, direction, sampler, seed, executor, lag: contents.header?.lag ?? lag };
    const coordinator = new Coordinator(settings, total, journal, contents);
    const stop = new AbortController();
    settings.signal = given.signal ? AbortSignal.any([given.signal, stop.signal]) : stop.signal;
    try {
      await coordinator.run();
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      await coordinator.finish();
    }
    const trials = coordinator.trials as Trial[];
    return { direction, space, trials, best: rankTrials(trials, direction)[0] };
  } finally {
    await journal.close();
  }
}

/** Reads what is there, cuts off a torn line, and begins a journal that is empty. */
async function takeUp(journal: OpenJournal, header: JournalHeader, { space, lag }: StudyOptions) {
  const bytes = await journal.read();
  const contents = readJournal(bytes, space);
  if (contents.length < bytes.length) await journal.truncate(contents.length);
  if (contents.header) checkHeader(contents.header, header, lag !== undefined);
  else await journal.append(headerLine(header));
  return contents;
}
