// The runtime: one linear memory, its heap and the core on it. Made at first need, or earlier and with options by `init`.

import { assertSimd, instantiateCore, type CoreExports } from './core.js';
import { compileSource, type CoreSource } from './coreSource.js';
import { StateError } from './errors.js';
import { Heap, makeMemory, PAGE_BYTES } from './memory.js';
import { packagedCore, packagedThreadsCore } from './packagedCore/inlined.js';
import { checkNumber, checkOptions, describeValue } from './suggest.js';
import { availableThreads, MAXIMUM_THREADS, Team, whyNoThreads, type ThreadWorker } from './threads.js';
import { warn } from './warn.js';

/** The most that a 32-bit memory can address, less one page. */
export const ADDRESSABLE_BYTES = 2 ** 32 - PAGE_BYTES;

export interface InitOptions {
  /** Compiled core, its bytes, or where to fetch it: for hosts that forbid compiling at run time. */
  core?: CoreSource;
  /** The most bytes that linear memory may grow to, 4 GB by default. An edge worker has 128 MB in all. */
  maximumBytes?: number;
  /**
   * Threads that share the work: a number up to 64, or 'auto' for one a core; 1 by default. The results have the same bits for
   * any number. Where so many can't be had, a warning says why once, and training goes on with fewer.
   */
  threads?: number | 'auto';
  /** Makes a worker that runs the script `wasmgrad/thread`: for bundlers and pages that do not find it by themselves. */
  threadWorker?: () => ThreadWorker;
}

const INIT_OPTIONS = ['core', 'maximumBytes', 'threads', 'threadWorker'];

export class Runtime {
  readonly memory: WebAssembly.Memory;
  readonly heap: Heap;
  readonly core: CoreExports;
  private team: Team | undefined;

  /** @param isShared Whether the module was built for threads: its memory is then a SharedArrayBuffer. */
  constructor(
    readonly module: WebAssembly.Module,
    maximumBytes: number = ADDRESSABLE_BYTES,
    isShared = false,
  ) {
    const maximumPages = Math.floor(Math.min(maximumBytes, ADDRESSABLE_BYTES) / PAGE_BYTES);
    this.memory = makeMemory('init()', maximumPages, isShared);
    this.core = instantiateCore(module, this.memory);
    this.heap = new Heap(this.memory, this.core.heapBase(), maximumPages * PAGE_BYTES);
    this.core.setScratch(this.heap.allocate(this.core.scratchBytes(), 'the scratch memory of the core'));
  }

  /** Threads that share the work. */
  get threads(): number {
    return this.team?.size ?? 1;
  }

  /** Has up to `count` threads share the work of a core that was built for them. Returns why there are fewer, if so. */
  async startThreads(count: number, createWorker?: () => ThreadWorker): Promise<string | undefined> {
    this.team = await Team.start(this, count, createWorker);
    return this.team.problem;
  }

  /** Ends the threads. The runtime must not be used after it. */
  dispose(): void {
    this.team?.terminate();
  }

  /** A view of linear memory. It dies when memory grows, so it is made anew at each use. */
  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  int32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  uint8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  uint32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }

  float64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }
}

let current: Runtime | undefined;
/** What the runtime was made of. */
let made: InitOptions = {};
/** Settles when the `init` that is under way has ended, well or not. */
let starting: Promise<unknown> | undefined;

/** The runtime that every model uses. */
export function getRuntime(): Runtime {
  current ??= new Runtime(compilePackaged());
  return current;
}

/**
 * Prepares the core ahead of the first use. Optional and idempotent: a second call does nothing, and is an error only if it
 * asks for something else.
 *
 * @example
 * await init({ threads: 'auto', maximumBytes: 100e6 });
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkOptions('init', options, INIT_OPTIONS);
  // Of several calls the first decides, however long each one's core takes to compile.
  while (starting) await starting;
  if (current) return checkSame(options);
  const { maximumBytes = ADDRESSABLE_BYTES } = options;
  checkInitOptions('init', options);
  const start = startRuntime(options, maximumBytes);
  starting = start.catch(() => undefined).finally(() => (starting = undefined));
  return start;
}

/** Throws for a number out of range. */
export function checkInitOptions(where: string, { maximumBytes = ADDRESSABLE_BYTES, threads = 1 }: InitOptions): void {
  checkNumber(where, 'maximumBytes', maximumBytes, { minimum: 64 * PAGE_BYTES });
  if (threads !== 'auto')
    checkNumber(where, 'threads', threads, { minimum: 1, maximum: MAXIMUM_THREADS, integer: true });
}

async function startRuntime(options: InitOptions, maximumBytes: number): Promise<void> {
  const runtime = await makeRuntime(options, maximumBytes);
  // A model may have been built while this waited for its core.
  if (current) {
    runtime.dispose();
    return checkSame(options);
  }
  current = runtime;
  made = { ...options, maximumBytes };
}

async function makeRuntime(options: InitOptions, maximumBytes: number): Promise<Runtime> {
  const wanted = options.threads === 'auto' ? availableThreads() : (options.threads ?? 1);
  if (wanted === 1) return new Runtime(await compile(options.core, false), maximumBytes);
  const hasCore = options.core !== undefined || packagedThreadsCore !== undefined;
  let problem = hasCore ? whyNoThreads(maximumBytes) : 'this host has no workers';
  const isShared = problem === undefined;
  const runtime = new Runtime(await compile(options.core, isShared), maximumBytes, isShared);
  if (isShared) problem = await runtime.startThreads(wanted, options.threadWorker);
  if (problem !== undefined) {
    const count = runtime.threads === 1 ? 'one thread' : `${runtime.threads} threads`;
    warn(`init({ threads: ${describeValue(options.threads)} }) goes on with ${count}: ${problem}.`);
  }
  return runtime;
}

/** Threads need a build of their own. */
async function compile(source: CoreSource | undefined, isShared: boolean): Promise<WebAssembly.Module> {
  if (source !== undefined) return compileSource(source);
  return isShared ? packagedThreadsCore!() : compilePackaged();
}

/** A worker that calls `init` for every request gets the runtime of the first; other options come too late. */
function checkSame(options: InitOptions): void {
  const known = { maximumBytes: ADDRESSABLE_BYTES, threads: 1, ...made };
  for (const name of Object.keys(options) as (keyof InitOptions)[]) {
    if (options[name] === undefined || options[name] === known[name]) continue;
    throw new StateError(
      `init: the runtime exists already, with another ${name}. Call init() with options once, before the first model is built.`,
    );
  }
}

function compilePackaged(): WebAssembly.Module {
  assertSimd();
  return packagedCore();
}
