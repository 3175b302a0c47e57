// Threads of the core: workers whose instances share the runtime's memory and take parts of instructions
// (assembly/lib/team.ts). Started by `init({ threads })`; where they can't be had, training goes on with fewer.

import { TeamField } from '../../assembly/opcodes.js';
import type { CoreExports } from './core.js';
import { formatBytes, PAGE_BYTES, type Heap } from './memory.js';

/** As many as a turn can count, with room to spare. */
export const MAXIMUM_THREADS = 64;

/** A worker that has not answered by then will not. */
const START_MILLISECONDS = 10_000;

/** A browser's `Worker`, or Node's. */
export type ThreadWorker = Worker | NodeWorker;

/** What is used of the `Worker` of node:worker_threads. */
export interface NodeWorker {
  once(event: 'message' | 'error', listener: (value: unknown) => void): unknown;
  postMessage(value: unknown): void;
  unref(): void;
  terminate(): unknown;
}

interface NodeModules {
  'node:worker_threads': { Worker: new (url: URL) => NodeWorker };
  'node:os': { availableParallelism(): number };
}

/** A module of Node; undefined elsewhere, or where Node is too old to say. */
export function nodeModule<N extends keyof NodeModules>(name: N): NodeModules[N] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name) as NodeModules[N] | undefined;
}

/** The number of threads that the host can run at once. */
export function availableThreads(): number {
  const count = nodeModule('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return Math.max(1, Math.min(count, MAXIMUM_THREADS));
}

/** Why the host has no threads for a memory of this size, if so, and what would give it some. */
export function whyNoThreads(maximumBytes: number): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof SharedArrayBuffer !== 'function' || crossOriginIsolated === false) {
    return (
      'memory cannot be shared here. A page must be cross-origin isolated: have it sent with the headers ' +
      'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
    );
  }
  if (!nodeModule('node:worker_threads') && typeof Worker !== 'function') return 'this host has no workers';
  try {
    void new WebAssembly.Memory({ initial: 1, maximum: Math.floor(maximumBytes / PAGE_BYTES), shared: true });
  } catch {
    return `the host refuses a shared memory of up to ${formatBytes(maximumBytes)}. Give a smaller maximumBytes`;
  }
  return undefined;
}

/** The script of a thread lies beside this one, where bundlers find it by this very expression. */
function createWorker(): ThreadWorker {
  const node = nodeModule('node:worker_threads');
  if (node) return new node.Worker(new URL('./thread.js', import.meta.url));
  return new Worker(new URL('./thread.js', import.meta.url), { type: 'module' });
}

/** What a team works with. */
export interface TeamHost {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  heap: Heap;
  core: CoreExports;
}

/** The leader, which is the calling thread, and its workers. */
export class Team {
  private constructor(
    private readonly workers: readonly ThreadWorker[],
    /** Why there are fewer threads than asked for. */
    readonly problem: string | undefined,
  ) {}

  /** Threads, the leader among them. */
  get size(): number {
    return this.workers.length + 1;
  }

  /** Starts up to `size` - 1 workers. Does not fail: those that do not start are missing, and `problem` says why. */
  static async start(host: TeamHost, size: number, create: () => ThreadWorker = createWorker): Promise<Team> {
    const { heap, core } = host;
    const started = await Promise.allSettled(Array.from({ length: size - 1 }, () => startWorker(host, create)));
    const workers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const teamAddress = heap.allocate(4 * TeamField.end, 'the meeting point of threads');
    const sleepingAddress = teamAddress + 4 * TeamField.sleeping;
    workers.forEach((worker, i) => worker.postMessage({ teamAddress, sleepingAddress, part: i + 1 }));
    core.setTeam!(teamAddress, workers.length + 1);
    const refused = started.find((result) => result.status === 'rejected');
    return new Team(workers, refused && messageOf(refused.reason));
  }

  /** Ends the workers. The runtime must not be used after it. */
  terminate(): void {
    for (const worker of this.workers) void worker.terminate();
  }
}

/** A worker whose instance of the core is ready. */
async function startWorker(
  { module, memory, heap, core }: TeamHost,
  create: () => ThreadWorker,
): Promise<ThreadWorker> {
  const scratchAddress = heap.allocate(core.scratchBytes(), 'the scratch memory of a thread');
  let worker: ThreadWorker | undefined;
  try {
    worker = create();
    const answer = firstAnswer(worker);
    worker.postMessage({ module, memory, scratchAddress });
    await answer;
    // A process may end though its threads wait for work.
    if ('unref' in worker) worker.unref();
    return worker;
  } catch (problem) {
    void worker?.terminate();
    heap.release(scratchAddress);
    throw problem;
  }
}

/** Resolves with the first message of a worker; rejects if it fails or stays silent. */
function firstAnswer(worker: ThreadWorker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`a worker did not start within ${START_MILLISECONDS / 1000} seconds`)),
      START_MILLISECONDS,
    );
    const settle = (finish: (value: unknown) => void) => (value: unknown) => {
      clearTimeout(timer);
      finish(value);
    };
    if ('once' in worker) {
      worker.once('message', settle(resolve));
      worker.once('error', settle(reject));
    } else {
      worker.addEventListener('message', settle(resolve), { once: true });
      worker.addEventListener('error', settle(reject), { once: true });
    }
  });
}

/** An error, or the event of one, which has a message if the script failed and none if it was not loaded. */
function messageOf(problem: unknown): string {
  const { message } = problem as { message?: unknown };
  return typeof message === 'string' && message !== ''
    ? message
    : "a worker's script could not be loaded; give init({ threadWorker: () => new Worker(...) }) the script 'wasmgrad/thread'";
}
