// What this core, this engine and this minute allow at most, by hand-written wasm modules: the measure of every row.

import { measureFused, measureMultiplyAdd, type ArithmeticCeiling } from './ceiling/arithmetic.js';
import { bandwidthOf, measureBandwidths, type Bandwidths } from './ceiling/bandwidth.js';

export interface Ceilings extends Bandwidths {
  multiplyAdd: ArithmeticCeiling;
  /** By relaxed SIMD; missing where the engine has none. The core does not use it. */
  fused?: ArithmeticCeiling;
}

/** What bounds a case: arithmetic, reading, or reading and writing. */
export type Bound = 'compute' | 'read' | 'stream';

/** What a case has to do at least. */
export interface Work {
  /** Multiplications and additions. */
  flops: number;
  /** Moved between memory and core. */
  bytes?: number;
  /** Compute if not given. */
  bound?: Bound;
  /** Of the buffers that are moved; `bytes` if not given. */
  residentBytes?: number;
}

export function measureCeilings(): Ceilings {
  const fused = measureFused();
  return { multiplyAdd: measureMultiplyAdd(), ...(fused && { fused }), ...measureBandwidths() };
}

/** The least milliseconds that the work can take. */
export function leastTime(
  ceilings: Ceilings,
  { flops, bytes = 0, bound = 'compute', residentBytes = bytes }: Work,
): number {
  if (bound === 'compute') return flops / ceilings.multiplyAdd.gigaflops / 1e6;
  return bytes / bandwidthOf(ceilings[bound], residentBytes) / 1e6;
}

/** The ceilings in one line. */
export function formatCeilings({ multiplyAdd, fused, read, stream }: Ceilings): string {
  const list = (rates: Bandwidths['read']) =>
    rates.map(({ bytes, gigabytesPerSecond }) => `${gigabytesPerSecond.toFixed(1)} (${formatSize(bytes)})`).join(', ');
  return [
    `ceilings of one core: mul+add ${multiplyAdd.gigaflops.toFixed(1)} GFLOP/s (${multiplyAdd.shape})`,
    `fused ${fused ? `${fused.gigaflops.toFixed(1)} GFLOP/s` : 'missing here'}`,
    `read ${list(read)} GB/s`,
    `stream ${list(stream)} GB/s`,
  ].join('; ');
}

export function formatSize(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes / 2 ** 10} KiB` : `${bytes / 2 ** 20} MiB`;
}
