// A worker of bullmq: takes tasks out of the queue and runs them in threads of its own.

import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { OptionError, RuntimeError, StateError } from '../../runtime/errors.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { checkPool } from '../pooled.js';
import { workers } from '../workers.js';
import type { Executor } from '../executor.js';
import { fromWireError, toWireError } from '../wire.js';
import {
  checkQueue,
  checkTask,
  connect,
  DEFAULT_QUEUE,
  keysOf,
  pack,
  sha256Of,
  unpack,
  unpackAnswer,
  unpackBytes,
  type QueuedAnswer,
  type QueuedOutcome,
  type QueuedReport,
  type QueuedTask,
} from './protocol.js';

export interface RunWorkerOptions {
  /** Address of the server, as the coordinator's. */
  redis: string;
  /** Name of the queue; `wasmgrad` by default. */
  queue?: string;
  /** Tasks that run at once, each in a thread; as many as there are cores, by default. */
  threads?: number;
  /** The folder below which modules of tasks lie; the current one by default. No module outside of it is run. */
  root?: string;
  /** How often a task is begun anew if the thread or the process that runs it dies; 2 by default. */
  retries?: number;
  /** A task whose worker has not been heard of for so long is begun anew by another one; 10 by default. */
  deadAfterSeconds?: number;
  /** Told of each task that begins and ends. */
  onTask?: (event: TaskEvent) => void;
}

export interface TaskEvent {
  /** Given back: the coordinator seemed to be dead, and if it lives has the task run again. */
  state: 'begun' | 'done' | 'failed' | 'given back';
  /** The module's path below `root`, and the function's name. */
  task: string;
  seed: number;
  /** Since the task began. */
  seconds: number;
}

/** A worker that runs. */
export interface ClusterWorker {
  /** Takes no more tasks, waits for those that run, and lets the connections go. `force`: leaves them to other workers. */
  close(options?: { force?: boolean }): Promise<void>;
}

const WHERE = 'runWorker';
/** How long to wait for answers before looking whether the task is still wanted. */
const LISTEN_SECONDS = 0.5;
/** A report without an answer is made again: the server may have lost it. */
const REPEAT_MILLISECONDS = 3000;

/**
 * Runs tasks that coordinators put into the queue, until it is closed: `bullmq` on the other end. Whoever can write to the
 * server can have any function below `root` called, so guard it with a password, and TLS outside of your own network.
 *
 * @throws OptionError for options that can't be; RuntimeError if no server answers.
 * @example
 * const worker = await runWorker({ redis: 'redis://127.0.0.1:6379' });
 * process.once('SIGINT', () => worker.close());
 */
export async function runWorker(options: RunWorkerOptions): Promise<ClusterWorker> {
  checkOptions(WHERE, options, ['redis', 'queue', 'threads', 'root', 'retries', 'deadAfterSeconds', 'onTask']);
  const { queue = DEFAULT_QUEUE, threads = availableParallelism(), retries = 2, deadAfterSeconds = 10 } = options;
  checkQueue(WHERE, queue);
  checkPool(WHERE, threads, retries);
  checkNumber(WHERE, 'deadAfterSeconds', deadAfterSeconds, { minimum: 0.5 });
  const root = realpathSync(resolve(options.root ?? process.cwd()));
  const executor = workers({ threads, retries });
  const redis = await connect(WHERE, options.redis);
  const host = new TaskHost(redis, queue, root, executor, options.onTask);
  const worker = new Worker(queue, (job) => host.run(job), {
    connection: redis,
    concurrency: threads,
    lockDuration: 1000 * deadAfterSeconds,
    stalledInterval: 500 * deadAfterSeconds,
    maxStalledCount: retries,
  });
  // Connections come back by themselves, and a task that another worker has begun anew meanwhile is that one's.
  worker.on('error', () => undefined);
  return {
    async close({ force = false } = {}) {
      if (force) await executor.close();
      await worker.close(force);
      await executor.close();
      redis.disconnect();
    },
  };
}

class TaskHost {
  private readonly keys: ReturnType<typeof keysOf>;
  /** The last data, by their hash: the same object for all tasks, so that threads share it. */
  private readonly data = new Map<string, Promise<unknown>>();

  constructor(
    private readonly redis: Redis,
    queue: string,
    private readonly root: string,
    private readonly executor: Executor,
    private readonly onTask: RunWorkerOptions['onTask'],
  ) {
    this.keys = keysOf(queue);
  }

  /** What a task came to, packed: that it threw is a result, too. */
  async run(job: Job): Promise<string> {
    const task = checkTask(job.data);
    const begun = performance.now();
    const tell = (state: TaskEvent['state']): void =>
      this.onTask?.({
        ...{ state, task: `${task.module}#${task.name}`, seed: task.seed },
        seconds: (performance.now() - begun) / 1000,
      });
    tell('begun');
    const line = new TaskLine(this.redis.duplicate(), this.redis, this.keys, job, task);
    let outcome: QueuedOutcome;
    try {
      const value = await this.executor.run(
        {
          run: { module: this.addressOf(task), name: task.name },
          ...{ seed: task.seed, payload: unpack(task.payload), extra: unpack(task.extra) as Record<string, unknown> },
          data: await this.dataOf(task, line.signal),
        },
        { signal: line.signal, onProgress: (progress) => line.report(progress) },
      );
      outcome = { value };
    } catch (error) {
      outcome = line.isOrphaned ? { gone: true } : { error: toWireError(error) };
    } finally {
      line.close();
    }
    tell('value' in outcome ? 'done' : 'gone' in outcome ? 'given back' : 'failed');
    return pack(WHERE, outcome);
  }

  private addressOf({ module }: QueuedTask): URL {
    let path: string;
    try {
      path = realpathSync(resolve(this.root, module));
    } catch {
      throw new OptionError(
        `bullmq: a worker has no module ${module} below its root. Put the same project on each machine.`,
      );
    }
    if (path.startsWith(this.root + sep)) return pathToFileURL(path);
    throw new OptionError(`bullmq: a worker runs no module outside of its root, and ${module} is.`);
  }

  private dataOf({ data: sha256 }: QueuedTask, signal: AbortSignal): Promise<unknown> | undefined {
    if (sha256 === '') return undefined;
    let data = this.data.get(sha256);
    if (!data) {
      // One study, one set of data: earlier ones are let go.
      this.data.clear();
      data = this.fetchData(sha256, signal);
      data.catch(() => this.data.delete(sha256));
      this.data.set(sha256, data);
    }
    return data;
  }

  private async fetchData(sha256: string, signal: AbortSignal): Promise<unknown> {
    for (;;) {
      signal.throwIfAborted();
      const bytes = await this.redis.getBuffer(this.keys.data(sha256));
      if (bytes) {
        if (sha256Of(bytes) === sha256) return unpackBytes(bytes);
        throw new RuntimeError(`bullmq: the data ${sha256} in Redis have another SHA-256. Delete them, and run again.`);
      }
      // The coordinator gives them to a server that lost them.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

interface Waiting {
  report: QueuedReport;
  sentAt: number;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** The line between one try of a task and its coordinator. */
class TaskLine {
  private readonly attempt = randomUUID();
  private readonly waiting = new Map<number, Waiting>();
  private readonly ending = new AbortController();
  private reports = 0;
  private isOpen = true;
  /** Whether the coordinator has not been heard of for the time that it asked for. */
  isOrphaned = false;

  constructor(
    /** A connection of its own, since it blocks. */
    private readonly listener: Redis,
    private readonly redis: Redis,
    private readonly keys: ReturnType<typeof keysOf>,
    private readonly job: Job,
    private readonly task: QueuedTask,
  ) {
    listener.on('error', () => undefined);
    void this.listen();
  }

  /** Aborts when the coordinator is gone, or no longer wants the task. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Tells the coordinator; resolves to what it answers. */
  report(progress: unknown): Promise<unknown> {
    const index = this.reports++;
    const report = { attempt: this.attempt, index, progress: pack(WHERE, progress) };
    return new Promise((resolve, reject) => {
      this.waiting.set(index, { report, sentAt: performance.now(), resolve, reject });
      this.send(report);
    });
  }

  close(): void {
    this.isOpen = false;
    this.listener.disconnect();
    const forget = this.redis.del(this.keys.answers(this.attempt));
    forget.catch(() => undefined);
  }

  private send(report: QueuedReport): void {
    this.job.updateProgress({ ...report }).catch(() => undefined);
  }

  private async listen(): Promise<void> {
    while (this.isOpen) {
      try {
        await this.listenOnce();
      } catch {
        // The server is away, or the line was closed.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  private async listenOnce(): Promise<void> {
    const answered = await this.listener.blpop(this.keys.answers(this.attempt), LISTEN_SECONDS);
    if (answered) return this.settle(unpackAnswer(answered[1]));
    const { coordinator } = this.task;
    const keys = [this.keys.aborted(this.job.id!), this.keys.coordinator(coordinator)] as const;
    const [aborted, alive] = await this.redis.mget(...keys);
    if (aborted !== null) this.ending.abort(new StateError('bullmq: the task is no longer wanted.'));
    // Its key outlives it by the time that it asked for.
    else if (alive === null) {
      this.isOrphaned = true;
      this.ending.abort(new RuntimeError('bullmq: the coordinator of the task is gone.'));
    }
    for (const waiting of this.waiting.values()) {
      if (performance.now() - waiting.sentAt < REPEAT_MILLISECONDS) continue;
      waiting.sentAt = performance.now();
      this.send(waiting.report);
    }
  }

  private settle(answer: QueuedAnswer): void {
    const waiting = this.waiting.get(answer.index);
    this.waiting.delete(answer.index);
    if ('error' in answer) waiting?.reject(fromWireError(answer.error));
    else waiting?.resolve(answer.answer);
  }
}
