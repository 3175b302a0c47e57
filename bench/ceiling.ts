// What this core, this engine and this minute allow at most, by hand-written wasm modules: the measure of every row.

import { makeMultiplyAddMeter, measureFused, repeat, type ArithmeticCeiling } from './ceiling/arithmetic.js';
import { bandwidthOf, measureBandwidths, type Bandwidth, type Bandwidths } from './ceiling/bandwidth.js';

export interface Ceilings extends Bandwidths {
  multiplyAdd: ArithmeticCeiling;
  /** By relaxed SIMD; missing where the engine has none. The core does not use it. */
  fused?: ArithmeticCeiling;
}

/** What bounds a case: arithmetic, reading, reading and writing, what an empty process takes, or an even share for each core. */
export type Bound = 'compute' | 'read' | 'stream' | 'process' | 'cores';

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
  /** Of an empty process, or of an even share. */
  leastMilliseconds?: number;
}

/** Ceilings that rise while a run goes on: neighbours on the machine may have disturbed the first look. */
export interface CeilingMeter {
  readonly ceilings: Ceilings;
  /** Looks at arithmetic once more. */
  refresh(): void;
  /** Looks at bandwidths once more. */
  finish(): void;
}

export function measureCeilings(): CeilingMeter {
  const measure = makeMultiplyAddMeter();
  const fused = measureFused();
  const ceilings = { multiplyAdd: repeat(measure), ...(fused && { fused }), ...measureBandwidths() };
  return {
    ceilings,
    refresh: () => void (ceilings.multiplyAdd = measure()),
    finish() {
      const { read, stream } = measureBandwidths();
      ceilings.read = ceilings.read.map((rate, i) => higher(rate, read[i]!));
      ceilings.stream = ceilings.stream.map((rate, i) => higher(rate, stream[i]!));
    },
  };
}

const higher = (a: Bandwidth, b: Bandwidth): Bandwidth => (a.gigabytesPerSecond > b.gigabytesPerSecond ? a : b);

/** The least milliseconds that the work can take. */
export function leastTime(
  ceilings: Ceilings,
  { flops, bytes = 0, bound = 'compute', residentBytes = bytes, leastMilliseconds = 0 }: Work,
): number {
  if (bound === 'compute') return flops / ceilings.multiplyAdd.gigaflops / 1e6;
  if (bound === 'process' || bound === 'cores') return leastMilliseconds;
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
