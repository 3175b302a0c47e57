// Web Workers that run tasks, each one at a time.

import type { Answer, Outcome } from './wire.js';
import type { TaskMessage, WorkerPool } from './pooled.js';

/** A task as it goes to a Web Worker. */
export interface WebTaskMessage extends Omit<TaskMessage, 'data'> {
  /** Which data: the worker may have them from the task before. */
  dataNumber: number;
  sent?: { data: unknown };
  /** For reports and their answers. */
  port: MessagePort;
}

interface WebWorker {
  readonly worker: Worker;
  /** Number of the data that it has. */
  dataNumber: number;
}

type AnswerOf = (index: number, progress: unknown) => Promise<Answer>;

/** At most so many workers, made when there is something to do. */
export class WebPool implements WorkerPool {
  private readonly idle: WebWorker[] = [];
  private readonly all = new Set<WebWorker>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private readonly numbers = new WeakMap<object, number>();
  private data = 0;

  constructor(
    private readonly threads: number,
    private readonly make: () => Worker,
  ) {}

  async attempt({ data, ...task }: TaskMessage, signal: AbortSignal, answerOf: AnswerOf): Promise<Outcome> {
    await this.turn(signal);
    try {
      signal.throwIfAborted();
      const web = this.idle.pop() ?? this.open();
      let isWell = false;
      try {
        const outcome = await converse(web.worker, this.messageFor(web, data, task), signal, answerOf);
        isWell = true;
        return outcome;
      } finally {
        if (isWell) this.idle.push(web);
        else this.end(web);
      }
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.busy--;
    }
  }

  /** Waits until a worker is free, and takes it. */
  private turn(signal: AbortSignal): Promise<void> {
    if (this.busy < this.threads) {
      this.busy++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(signal.reason as Error);
      };
      const take = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.waiting.push(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  destroy(): void {
    for (const web of this.all) this.end(web);
  }

  private open(): WebWorker {
    const web = { worker: this.make(), dataNumber: 0 };
    this.all.add(web);
    return web;
  }

  private end(web: WebWorker): void {
    web.worker.terminate();
    this.all.delete(web);
  }

  /** Data go along only if the worker has others: what cannot be shared is copied once. */
  private messageFor(web: WebWorker, data: unknown, task: Omit<TaskMessage, 'data'>): Omit<WebTaskMessage, 'port'> {
    const dataNumber = this.numberOf(data);
    if (dataNumber === web.dataNumber) return { ...task, dataNumber };
    web.dataNumber = dataNumber;
    return { ...task, dataNumber, sent: { data } };
  }

  /** 0 for no data, and another number for each object. */
  private numberOf(data: unknown): number {
    if (data === undefined) return 0;
    const key = typeof data === 'object' && data !== null ? data : undefined;
    const number = (key && this.numbers.get(key)) ?? ++this.data;
    if (key) this.numbers.set(key, number);
    return number;
  }
}

/** One task in one worker. Rejects if the worker fails, or on abort. */
function converse(
  worker: Worker,
  message: Omit<WebTaskMessage, 'port'>,
  signal: AbortSignal,
  answerOf: AnswerOf,
): Promise<Outcome> {
  const { port1, port2 } = new MessageChannel();
  const settled = new AbortController();
  const listening = { signal: settled.signal };
  port1.onmessage = ({ data: { id, progress } }: MessageEvent<{ id: number; progress: unknown }>) => {
    void answerOf(id, progress).then((answer) => port1.postMessage({ id, ...answer }));
  };
  return new Promise<Outcome>((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data as Outcome), listening);
    worker.addEventListener('messageerror', () => reject(new Error('its answer could not be read')), listening);
    worker.addEventListener(
      'error',
      (event) => {
        event.preventDefault();
        reject(new Error(event.message || 'its script could not be loaded'));
      },
      listening,
    );
    signal.addEventListener('abort', () => reject(signal.reason as Error), listening);
    worker.postMessage({ ...message, port: port2 }, [port2]);
  }).finally(() => {
    settled.abort();
    port1.close();
  });
}
