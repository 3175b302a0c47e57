// Where tasks run: here, in workers, on other machines. What a task computes is a function of its payload, data and seed alone,
// so that an executor decides how fast a result comes, never what it is.

import { OptionError } from '../runtime/errors.js';
import { RandomSequence } from '../runtime/random.js';
import { describeValue, isObject } from '../runtime/suggest.js';

/** A function of a module: what can be called in a worker, where closures cannot go. */
export interface TaskReference {
  /** Address of the module: `new URL('./objective.js', import.meta.url)`, or its text. */
  module: string | URL;
  /** The name under which the function is exported; `default` if left out. */
  name?: string;
  /** The function itself, where it is loaded already: `inline` calls it and imports nothing. */
  loaded?: TaskFunction;
}

/** What a task is given beside its payload. */
export interface TaskContext<D = unknown> {
  /** Seed of everything random in this task. */
  readonly seed: number;
  /** The data of the task, the same for all tasks that were given the same object. Not to be written to. */
  readonly data: D;
  /** Aborts when the task is no longer wanted. Give it to `fit`. */
  readonly signal: AbortSignal;
  /** Tells how far the task is; resolves to what the one who started it answers. */
  report(progress: unknown): Promise<unknown>;
}

/** What is run: a function of a payload. */
export type TaskFunction<P = unknown, R = unknown, D = never> = (payload: P, context: TaskContext<D>) => R | Promise<R>;

export interface Task<P = unknown, R = unknown, D = never> {
  /** A function, which only `inline` can call, or the name of one. */
  run: TaskFunction<P, R, D> | TaskReference;
  payload: P;
  seed: number;
  /** Large and shared by many tasks: workers get it once. */
  data?: unknown;
  /** Small things that the task finds in its context beside the rest. */
  extra?: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  /** Ends the task; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called with what the task reports; the task is told what this returns. */
  onProgress?: (progress: unknown) => unknown;
}

/** Runs tasks. */
export interface Executor {
  /** Tasks that run at once; more wait. */
  readonly concurrency: number;
  /** The result of a task. Rejects with what the task throws, or the signal's reason. */
  run<P, R, D>(task: Task<P, R, D>, options?: RunOptions): Promise<R>;
  /** Ends all workers. Tasks that run are aborted. */
  close(): Promise<void>;
}

/** Whether a value names a function of a module. */
export const isReference = (value: unknown): value is TaskReference =>
  isObject(value) && (typeof value.module === 'string' || value.module instanceof URL);

/** Throws unless a value is an executor. */
export function checkExecutor(where: string, value: unknown): Executor {
  const executor = value as Executor | undefined;
  if (isObject(value) && typeof executor!.run === 'function' && executor!.concurrency >= 1) return executor!;
  throw new OptionError(`${where}: executor must be one, such as inline(), got ${describeValue(value)}.`);
}

/** Streams of the seeds of tasks, apart from those of other draws with the same seed. */
const SEEDS = 0x40000000;

/** The seed of task `index`: a function of both numbers, whatever runs before or beside it. */
export const taskSeed = (seed: number, index: number): number => new RandomSequence(seed, SEEDS + index).word();
