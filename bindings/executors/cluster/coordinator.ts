// The executor of bullmq: puts tasks into a queue and waits for what they come to.

import { randomUUID } from 'node:crypto';
import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue, QueueEvents, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { OptionError, reasonOf, RuntimeError, StateError } from '../../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../../runtime/suggest.js';
import { isReference, type Executor, type RunOptions, type Task } from '../executor.js';
import { mapPlain } from '../sharedData.js';
import { answerer, fromWireError, type Answer } from '../wire.js';
import {
  checkQueue,
  connect,
  DEFAULT_QUEUE,
  isReport,
  JOB_NAME,
  KEPT_SECONDS,
  keysOf,
  pack,
  packBytes,
  PROTOCOL,
  sha256Of,
  unpack,
  unpackOutcome,
  type QueuedTask,
} from './protocol.js';

export interface BullmqOptions {
  /** Address of the server: `redis://[user:password@]host:port`, `rediss://` with TLS. */
  redis: string;
  /** Name of the queue; `wasmgrad` by default. Workers and coordinators meet in it. */
  queue?: string;
  /** Tasks in the queue at once; 16 by default. At least as many as all workers run at once keep them busy. */
  concurrency?: number;
  /** The folder below which modules of tasks lie, here and at every worker; the current one by default. */
  root?: string;
  /** Workers give up tasks whose coordinator has not been heard of for so long; 60 by default. */
  deadAfterSeconds?: number;
}

const WHERE = 'bullmq';
/** How often results are asked for, beside the queue's events, which a restart of the server may lose. */
const POLL_MILLISECONDS = 1000;

/** A task whose result is waited for. */
interface Pending {
  queued: QueuedTask;
  answerOf: (index: number, progress: unknown) => Promise<Answer>;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** The module's path below the root, as any machine writes it. */
function pathBelow(root: string, module: string | URL): string {
  const text = String(module);
  if (!text.startsWith('file:')) {
    throw new OptionError(
      `${WHERE}: run.module must be a file's URL, new URL('./objective.js', import.meta.url), got ${text}.`,
    );
  }
  const path = relative(root, fileURLToPath(text));
  if (!path.startsWith('..') && resolve(root, path) === fileURLToPath(text)) return path.split(sep).join('/');
  throw new OptionError(`${WHERE}: the module ${text} lies outside of root, ${root}. Give a root that holds it.`);
}

/**
 * Runs tasks on many machines: through a queue of BullMQ in a Redis server, by whatever workers
 * `npx wasmgrad-worker --redis URL` or `runWorker` started. They may join and leave at any time; a task whose worker dies is begun anew by another one, with the
 * same seed, so with the same result. Data go into Redis once, by their SHA-256, and once to each worker; an object is read when
 * it is given first, so do not change it afterwards.
 *
 * Tasks are functions of modules that each machine has at the same path below `root`. Needs the optional peers `bullmq`
 * and `ioredis`.
 *
 * @throws OptionError for options and tasks that can't be; RuntimeError if no server answers, or a task's workers die again and again.
 * @example
 * const executor = await bullmq({ redis: 'redis://127.0.0.1:6379' });
 * const objective = { module: new URL('./objective.js', import.meta.url), name: 'objective' };
 * const { best } = await study({ space, objective, data: { x, y }, executor, trials: 64 });
 * await executor.close();
 */
export async function bullmq(options: BullmqOptions): Promise<Executor> {
  checkOptions(WHERE, options, ['redis', 'queue', 'concurrency', 'root', 'deadAfterSeconds']);
  const { queue = DEFAULT_QUEUE, concurrency = 16, root = process.cwd(), deadAfterSeconds = 60 } = options;
  checkQueue(WHERE, queue);
  checkNumber(WHERE, 'concurrency', concurrency, { minimum: 1, integer: true });
  checkNumber(WHERE, 'deadAfterSeconds', deadAfterSeconds, { minimum: 1 });
  const redis = await connect(WHERE, options.redis);
  return new Coordinator(redis, queue, concurrency, resolve(root), deadAfterSeconds);
}

class Coordinator implements Executor {
  private readonly id = randomUUID();
  private readonly keys: ReturnType<typeof keysOf>;
  private readonly queue: Queue;
  private readonly events: QueueEvents;
  private readonly pending = new Map<string, Pending>();
  private readonly closing = new AbortController();
  /** Data of tasks that wait, and the last, by their hash: to be given to the server again should it lose them. */
  private readonly data = new Map<string, Buffer>();
  private readonly hashes = new WeakMap<object, string>();
  private readonly timers: NodeJS.Timeout[];
  private tasks = 0;

  constructor(
    private readonly redis: Redis,
    name: string,
    readonly concurrency: number,
    private readonly root: string,
    private readonly deadAfterSeconds: number,
  ) {
    this.keys = keysOf(name);
    this.queue = new Queue(name, { connection: redis });
    this.events = new QueueEvents(name, { connection: redis.duplicate() });
    // Connections come back by themselves; who waits for a task learns by its promise.
    this.queue.on('error', () => undefined);
    this.events.on('error', () => undefined);
    this.events.on('completed', ({ jobId }) => this.lookSoon(jobId));
    this.events.on('failed', ({ jobId }) => this.lookSoon(jobId));
    this.events.on('progress', ({ jobId, data }) => void this.answer(jobId, data).catch(() => undefined));
    const beat = () => void this.beat().catch(() => undefined);
    beat();
    this.timers = [
      setInterval(beat, (1000 * deadAfterSeconds) / 4),
      setInterval(() => [...this.pending.keys()].forEach((jobId) => this.lookSoon(jobId)), POLL_MILLISECONDS),
    ];
  }

  async run<P, R, D>(task: Task<P, R, D>, { signal, onProgress }: RunOptions = {}): Promise<R> {
    const ending = signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal;
    ending.throwIfAborted();
    const queued = this.toQueued(task);
    await Promise.all([this.showLife(), this.ensureData(queued.data)]);
    ending.throwIfAborted();
    const jobId = `${this.id}-${this.tasks++}`;
    return new Promise<R>((resolve, reject) => {
      const abort = () => {
        this.pending.delete(jobId);
        reject(ending.reason as Error);
        void this.discard(jobId).catch(() => undefined);
      };
      ending.addEventListener('abort', abort, { once: true });
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          ending.removeEventListener('abort', abort);
          settle(value);
        };
      this.pending.set(jobId, {
        ...{ queued, answerOf: answerer(onProgress) },
        ...{ resolve: settled(resolve as (value: unknown) => void), reject: settled(reject) },
      });
      this.add(jobId, queued).catch(() => this.lookSoon(jobId));
    });
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.timers.forEach(clearInterval);
    const waiting = [...this.pending.keys()];
    this.closing.abort(new StateError(`${WHERE}: closed.`));
    // A server that is away must not keep the process: what is left there expires.
    const left = (async () => {
      await Promise.allSettled(waiting.map((jobId) => this.discard(jobId)));
      await Promise.allSettled([
        this.redis.del(this.keys.coordinator(this.id)),
        this.events.close(),
        this.queue.close(),
      ]);
    })();
    await Promise.race([left, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    this.redis.disconnect();
  }

  private toQueued<P, R, D>({ run, payload, seed, extra, data }: Task<P, R, D>): QueuedTask {
    if (!isReference(run)) {
      throw new OptionError(
        `${WHERE}: run must be { module, name }, got ${describeValue(run)}: a function cannot go to another machine. Export it from a module, and give its address.`,
      );
    }
    const { module, name = 'default' } = run;
    return {
      ...{ protocol: PROTOCOL, coordinator: this.id, module: pathBelow(this.root, module), name, seed },
      ...{ payload: pack(WHERE, payload), extra: pack(WHERE, extra ?? {}), data: this.hashOf(data) },
    };
  }

  /** The hash of data, which are kept to be sent. An object is read once, as long as it is the last or tasks wait with it. */
  private hashOf(data: unknown): string {
    if (data === undefined) return '';
    const isKept = typeof data === 'object' && data !== null;
    const known = isKept ? this.hashes.get(data) : undefined;
    if (known !== undefined && this.data.has(known)) return known;
    const bytes = packBytes(
      WHERE,
      mapPlain(WHERE, data, (view) => view),
    );
    const sha256 = sha256Of(bytes);
    if (isKept) this.hashes.set(data, sha256);
    const needed = new Set([...this.pending.values()].map(({ queued }) => queued.data));
    for (const earlier of this.data.keys()) if (!needed.has(earlier)) this.data.delete(earlier);
    this.data.set(sha256, bytes);
    return sha256;
  }

  /** Shows that it lives, and that the data of tasks that wait are there. */
  private async beat(): Promise<void> {
    await this.showLife();
    for (const sha256 of this.data.keys()) await this.ensureData(sha256);
  }

  private async showLife(): Promise<void> {
    await this.redis.set(this.keys.coordinator(this.id), '1', 'EX', Math.ceil(this.deadAfterSeconds));
  }

  private async ensureData(sha256: string): Promise<void> {
    const bytes = this.data.get(sha256);
    if (!bytes) return;
    const key = this.keys.data(sha256);
    if (!(await this.redis.expire(key, KEPT_SECONDS))) await this.redis.set(key, bytes, 'EX', KEPT_SECONDS);
  }

  private async add(jobId: string, queued: QueuedTask): Promise<void> {
    const kept = { age: KEPT_SECONDS };
    // The queue takes a job of the same id once.
    await this.queue.add(JOB_NAME, queued, { jobId, removeOnComplete: kept, removeOnFail: kept });
  }

  /** Tells workers that a task is no longer wanted, and takes it out of the queue where none runs it. */
  private async discard(jobId: string): Promise<void> {
    await this.redis.set(this.keys.aborted(jobId), '1', 'EX', KEPT_SECONDS);
    await this.queue.remove(jobId);
  }

  private lookSoon(jobId: string): void {
    if (this.pending.has(jobId)) this.look(jobId).catch(() => undefined);
  }

  /** Looks whether a task has ended. One that the server forgot is put there again. */
  private async look(jobId: string): Promise<void> {
    const job = await this.queue.getJob(jobId);
    const pending = this.pending.get(jobId);
    if (!pending) return;
    if (!job) return this.add(jobId, pending.queued);
    const state = await job.getState();
    if (!this.pending.has(jobId) || (state !== 'completed' && state !== 'failed')) return;
    if (state === 'failed') {
      this.pending.delete(jobId);
      const text = `${WHERE}: the task failed on its workers: ${reasonOf(job.failedReason ?? 'no reason is known')}`;
      pending.reject(new RuntimeError(text));
    } else if (!this.settle(jobId, pending, job.returnvalue)) return this.addAnew(job, pending.queued);
    await job.remove();
  }

  /** Whether the job came to something. */
  private settle(jobId: string, pending: Pending, returned: unknown): boolean {
    try {
      const outcome = unpackOutcome(returned);
      if ('gone' in outcome) return false;
      if ('error' in outcome) pending.reject(fromWireError(outcome.error));
      else pending.resolve(outcome.value);
    } catch (error) {
      pending.reject(error as Error);
    }
    this.pending.delete(jobId);
    return true;
  }

  /** A worker took this coordinator for dead: the server or this machine was away for too long. */
  private async addAnew(job: Job, queued: QueuedTask): Promise<void> {
    await this.beat();
    await job.remove();
    if (this.pending.has(job.id!)) await this.add(job.id!, queued);
  }

  private async answer(jobId: string, report: unknown): Promise<void> {
    const pending = this.pending.get(jobId);
    if (!pending || !isReport(report)) return;
    const { attempt, index, progress } = report;
    const answer = await pending.answerOf(index, unpack(progress));
    const key = this.keys.answers(attempt);
    await this.redis.rpush(key, pack(WHERE, { index, ...answer }));
    await this.redis.expire(key, KEPT_SECONDS);
  }
}
