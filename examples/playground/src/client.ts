// The page's end of the worker.

import type { FromWorker, RunRequest, ToWorker } from './training/messages.js';

type Question = Extract<ToWorker, { id: number }>;
/** A question without its number. */
type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What the page is told of the run that it asked for last. */
export type RunMessage = Extract<FromWorker, { run: number }>;

export class TrainerClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private run = 0;
  private lastId = 0;

  constructor(onMessage: (message: RunMessage) => void) {
    this.worker = new Worker(new URL('./trainer.worker.ts', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ('run' in data) {
        if (data.run === this.run) onMessage(data);
        // A slow device is sent as many frames as it can draw; a page that is not seen, none.
        if (data.type === 'frame') requestAnimationFrame(() => setTimeout(() => this.send({ type: 'drawn' })));
        return;
      }
      const asked = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.type === 'answer') asked?.resolve(data.value);
      else asked?.reject(new Error(data.message));
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      onMessage({
        type: 'failed',
        run: this.run,
        message: `The worker failed: ${event.message || 'it did not load'}.`,
      });
    };
  }

  /** Ends the run there is, and makes another, which waits for `play` or `step`. */
  configure(request: RunRequest, epochsPerSecond: number): void {
    this.send({ type: 'configure', run: ++this.run, request, epochsPerSecond });
  }

  send(message: Exclude<ToWorker, Question>): void {
    this.worker.postMessage(message);
  }

  ask<T>(question: Asked): Promise<T> {
    const id = ++this.lastId;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve, reject });
      this.worker.postMessage({ ...question, id });
    });
  }

  dispose(): void {
    this.worker.terminate();
  }
}
