// The runtime: one linear memory, its heap and the core on it. Made at first need, or earlier and with options by `init`.

import { coreBinaryBase64 } from '../../build/core-binary.js';
import { assertSimd, instantiateCore, type CoreExports } from './core.js';
import { OptionError, RuntimeError, StateError } from './errors.js';
import { Heap, PAGE_BYTES } from './memory.js';
import { checkNumber, checkOptions, describeValue } from './suggest.js';
import { availableThreads, MAXIMUM_THREADS, Team, whyNoThreads, type ThreadWorker } from './threads.js';
import { warn } from './warn.js';

/** The most that a 32-bit memory can address, less one page. */
const ADDRESSABLE_BYTES = 2 ** 32 - PAGE_BYTES;

/** Where the core may come from; the binary inlined in this package if none is given. */
export type CoreSource = WebAssembly.Module | BufferSource | Response | URL;

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
    this.memory = new WebAssembly.Memory({
      initial: Math.min(32, maximumPages),
      maximum: maximumPages,
      shared: isShared,
    });
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
  current ??= new Runtime(compileInline());
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
  const { maximumBytes = ADDRESSABLE_BYTES, threads = 1 } = options;
  checkNumber('init', 'maximumBytes', maximumBytes, { minimum: 64 * PAGE_BYTES });
  if (threads !== 'auto')
    checkNumber('init', 'threads', threads, { minimum: 1, maximum: MAXIMUM_THREADS, integer: true });
  const start = startRuntime(options, maximumBytes);
  starting = start.catch(() => undefined).finally(() => (starting = undefined));
  return start;
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
  let problem = whyNoThreads(maximumBytes);
  const isShared = problem === undefined;
  const runtime = new Runtime(await compile(options.core, isShared), maximumBytes, isShared);
  if (isShared) problem = await runtime.startThreads(wanted, options.threadWorker);
  if (problem !== undefined) {
    const count = runtime.threads === 1 ? 'one thread' : `${runtime.threads} threads`;
    warn(`init({ threads: ${describeValue(options.threads)} }) goes on with ${count}: ${problem}.`);
  }
  return runtime;
}

/** By its tag: hosts such as Vercel's Edge Runtime hand over objects of another realm, which are no instances of our classes. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

/** Threads need a build of their own, which is loaded only for them. */
async function compile(source: CoreSource | undefined, isShared: boolean): Promise<WebAssembly.Module> {
  if (source !== undefined) return compileSource(source);
  if (!isShared) return compileInline();
  return compileInline((await import('../../build/core-threads-binary.js')).coreBinaryBase64);
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

function compileInline(binaryBase64 = coreBinaryBase64): WebAssembly.Module {
  assertSimd();
  return new WebAssembly.Module(decodeBase64(binaryBase64));
}

async function compileSource(source: CoreSource): Promise<WebAssembly.Module> {
  assertSimd();
  const kind = kindOf(source);
  if (kind === 'WebAssembly.Module') return source;
  try {
    const bytes =
      kind === 'URL'
        ? await (await fetch(source as URL)).arrayBuffer()
        : kind === 'Response'
          ? await (source as Response).arrayBuffer()
          : source;
    if (kindOf(bytes) === 'ArrayBuffer' || ArrayBuffer.isView(bytes)) {
      return await WebAssembly.compile(bytes as BufferSource);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : describeValue(cause);
    throw new RuntimeError(
      `init: the given core could not be compiled: ${reason} Pass the core.wasm of this package.`,
      { cause },
    );
  }
  throw new OptionError('init: core must be a WebAssembly.Module, its bytes, a Response or a URL.');
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  // Where there is a decoder to bytes: the way through a string takes milliseconds of every start.
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: string): Uint8Array<ArrayBuffer> } };
  if (Buffer) return Buffer.from(text, 'base64');
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
