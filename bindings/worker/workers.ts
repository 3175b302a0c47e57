// Workers as ports: browsers' and Node's, made by the library or given.

import { OptionError, RuntimeError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { nodeModule } from '../runtime/threads.js';
import type { Port } from './endpoint.js';

/** What is used of the `Worker` of node:worker_threads. */
export interface NodeModelWorker {
  on(event: string, listener: (value: unknown) => void): unknown;
  postMessage(value: unknown, transfer?: never): void;
  ref(): void;
  unref(): void;
  terminate(): unknown;
}

/** A worker of a browser, or of Node. */
export type ModelWorker = Worker | NodeModelWorker;

/** Where the worker comes from. */
export interface WorkerSource {
  url?: string | URL | undefined;
  worker?: ModelWorker | (() => ModelWorker) | undefined;
}

/** A worker that can be written to, and be ended. */
export interface WorkerPort extends Port {
  terminate(): void;
  /** Told of a script that was not loaded or failed. A page's worker lives on after an error of its script; Node's has ended. */
  onFailure(listener: (reason: string, hasEnded: boolean) => void): void;
}

const isNodeWorker = (worker: ModelWorker): worker is NodeModelWorker => 'on' in worker && 'unref' in worker;

const SCRIPT = './worker-host.js';

/** The script lies beside this one. Bundlers for browsers find it by the expression below; Node needs no bundler's help. */
const nodeScript = (base: string): URL => new URL(SCRIPT, base);

function makeWorker({ url, worker }: WorkerSource): ModelWorker {
  if (typeof worker === 'function') return worker();
  if (worker) return worker;
  const node = nodeModule('node:worker_threads') as
    { Worker: new (script: string | URL) => NodeModelWorker } | undefined;
  if (node) return new node.Worker(url ?? nodeScript(import.meta.url));
  if (typeof Worker !== 'function') throw new Error('this host has no workers');
  if (url !== undefined) return new Worker(url, { type: 'module' });
  return new Worker(new URL('./worker-host.js', import.meta.url), { type: 'module' });
}

/** Makes the worker, or takes the one given. @throws OptionError, RuntimeError. */
export function openWorker(source: WorkerSource): WorkerPort {
  let made: ModelWorker;
  try {
    made = makeWorker(source);
  } catch (cause) {
    throw startError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (typeof made?.postMessage !== 'function' || typeof made.terminate !== 'function') {
    throw new OptionError(`spawn: worker must be a Worker, or a function that makes one, got ${describeValue(made)}.`);
  }
  return isNodeWorker(made) ? nodePort(made) : webPort(made);
}

export const startError = (reason: string, options?: ErrorOptions): RuntimeError =>
  new RuntimeError(
    `spawn: the worker did not start: ${/[.!?]$/.test(reason) ? reason : `${reason}.`} ` +
      "Its script is 'wasmgrad/worker-host': where bundler or server put it elsewhere give its address, " +
      'spawn(model, { url }), or make the worker, spawn(model, { worker: () => new Worker(...) }). ' +
      "A page's Content-Security-Policy must allow it (worker-src), and to a cross-origin isolated page it must be sent " +
      'with Cross-Origin-Embedder-Policy: require-corp.',
    options,
  );

function nodePort(worker: NodeModelWorker): WorkerPort {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as never),
    listen: (onMessage) => void worker.on('message', onMessage),
    onFailure(listener) {
      worker.on('error', (error) => listener(error instanceof Error ? error.message : String(error), true));
      worker.on('messageerror', () => listener('a message of it could not be read', false));
      worker.on('exit', () => listener('it has ended', true));
    },
    setBusy: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function webPort(worker: Worker): WorkerPort {
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    listen: (onMessage) => worker.addEventListener('message', ({ data }) => onMessage(data)),
    onFailure(listener) {
      // The event of a script that was not loaded has no message.
      worker.addEventListener('error', ({ message }) => listener(message || 'its script could not be loaded', false));
      worker.addEventListener('messageerror', () => listener('a message of it could not be read', false));
    },
    terminate: () => worker.terminate(),
  };
}
