// What one core can move at most: a sum over a buffer (read), and y += a x over two of half its size (stream: two reads and one
// write for each element, in place, as an optimiser's update does; nothing is fetched only to be overwritten).
//
//   (func (export "run") (param $passes i32) (param $bytes i32) (result f32)
//     loop: $at = 0; loop: 8 vectors at $at are moved; $at += 128; while $at < $bytes; --$passes)

import {
  CODE,
  extractFirstLane,
  f32Const,
  get,
  i32Const,
  makeModule,
  set,
  simd,
  SIMD,
  tee,
  unsigned,
} from './module.js';
import { makeSampler } from './sample.js';

/** In the caches nearest to a core, in the last one as a rule (a matrix of 1024 x 1024), and beyond it. */
const SIZES = [2 ** 18, 2 ** 22, 2 ** 27];
const PAGE = 65536;
const VECTOR = 16;
const VECTORS = 8;
const CHUNK = VECTOR * VECTORS;
/** Sums kept apart: few wait for each other, many and the vectors read exceed the 16 registers of x86-64. The best counts. */
const SUMS = [4, 6, 8];
const PASSES = 3;

export interface Bandwidth {
  /** Of the buffer, or of both together. */
  bytes: number;
  gigabytesPerSecond: number;
}

export interface Bandwidths {
  read: Bandwidth[];
  stream: Bandwidth[];
}

export function measureBandwidths(): Bandwidths {
  return { read: measure('read'), stream: measure('stream') };
}

/** That of the least size measured that holds `bytes`; of the largest if none does. */
export function bandwidthOf(measured: readonly Bandwidth[], bytes: number): number {
  return (measured.find((candidate) => candidate.bytes >= bytes) ?? measured.at(-1)!).gigabytesPerSecond;
}

const MODULES = { read: SUMS.map((sums) => (bytes: number) => readModule(bytes, sums)), stream: [streamModule] };
/** Bytes moved for each byte of the buffers: x is read, y is read and written. */
const MOVED = { read: 1, stream: 1.5 };

/** The highest rate of all modules, in several passes. */
function measure(kind: keyof typeof MODULES): Bandwidth[] {
  const best = SIZES.map((bytes) => ({ bytes, gigabytesPerSecond: 0 }));
  for (const makeBytes of MODULES[kind]) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(makeBytes(Math.max(...SIZES))));
    const run = exports.run as (passes: number, bytes: number) => number;
    // Pages that were never written are all the same page of zeros.
    new Float32Array((exports.memory as WebAssembly.Memory).buffer).fill(1);
    for (const size of best) {
      const sampler = makeSampler((passes) => run(passes, kind === 'read' ? size.bytes : size.bytes / 2), 1);
      const least = Math.min(...Array.from({ length: PASSES }, sampler));
      size.gigabytesPerSecond = Math.max(size.gigabytesPerSecond, (MOVED[kind] * size.bytes) / least / 1e6);
    }
  }
  return best;
}

/** `body` for every chunk below $bytes, for all passes. A third parameter serves as the local $at. */
function loops(body: number[]): number[] {
  const [passes, bytes] = [0, 1];
  return [
    ...[CODE.loop, CODE.void, ...i32Const(0), ...set(AT), CODE.loop, CODE.void],
    ...body,
    ...[...get(AT), ...i32Const(CHUNK), CODE.i32Add, ...tee(AT)],
    ...[...get(bytes), CODE.i32Less, CODE.branchIf, 0, CODE.end],
    ...[...get(passes), ...i32Const(1), CODE.i32Subtract, ...tee(passes), CODE.branchIf, 0, CODE.end],
  ];
}

const PARAMETERS = [CODE.i32, CODE.i32, CODE.i32];
const AT = 2;
const FIRST_VECTOR = 3;
const VECTOR_INDICES = Array.from({ length: VECTORS }, (_, i) => i);
/** A load or store at $at + offset, aligned to 2^4. */
const access = (code: number, offset: number): number[] => [...simd(code), 4, ...unsigned(offset)];

/** Returns the first of four sums over $bytes, from 0 for each call. */
export function readModule(memoryBytes: number, sums: number): Uint8Array<ArrayBuffer> {
  const add = simd(SIMD.f32x4Add);
  const read = VECTOR_INDICES.flatMap((i) => {
    const sum = FIRST_VECTOR + (i % sums);
    return [...get(sum), ...get(AT), ...access(SIMD.load, i * VECTOR), ...add, ...set(sum)];
  });
  const total = VECTOR_INDICES.slice(0, sums).flatMap((i) => [...get(FIRST_VECTOR + i), ...(i > 0 ? add : [])]);
  return makeModule(PARAMETERS, sums, [...loops(read), ...total, ...extractFirstLane], memoryBytes / PAGE);
}

/** y += 1e-9 x. x lies in the lower half of memory, y in the upper one; $bytes are those of each. */
export function streamModule(memoryBytes: number): Uint8Array<ArrayBuffer> {
  const factor = FIRST_VECTOR;
  const half = memoryBytes / 2;
  const move = VECTOR_INDICES.flatMap((i) => [
    ...[...get(AT), ...get(AT), ...access(SIMD.load, i * VECTOR), ...get(factor), ...simd(SIMD.f32x4Multiply)],
    ...[...get(AT), ...access(SIMD.load, half + i * VECTOR), ...simd(SIMD.f32x4Add)],
    ...access(SIMD.store, half + i * VECTOR),
  ]);
  // A factor that keeps y where it is, near enough, for any number of passes.
  const start = [...f32Const(1e-9), ...simd(SIMD.f32x4Splat), ...set(factor)];
  return makeModule(PARAMETERS, 1, [...start, ...loops(move), ...get(factor), ...extractFirstLane], memoryBytes / PAGE);
}
