// Random draws on the host side: for splits, resampling and search, where the core has no part. The same generator as in the
// core (assembly/lib/philox.ts), in a domain of its own.

import { checkNumber } from './suggest.js';
import { exp, log } from './math.js';

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;
/** Keeps these draws apart from those of the core with the same seed: domain 0 is its draws, 1 its shuffles. */
const HOST_DOMAIN = 2;
/** The first of 65,536 domains: one for each step that a sample goes through. */
const SAMPLE_DOMAIN = 0x74780000;

/** The upper 32 bits of the product of two 32-bit words. */
function upperProduct(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** One block of Philox4x32-10 (Salmon et al. 2011). */
export function philox4x32(counter: readonly number[], key: readonly number[]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter as [number, number, number, number];
  let [k0, k1] = key as [number, number];
  for (let round = 0; round < ROUNDS; round++) {
    const next0 = upperProduct(MULTIPLIERS[1], c2) ^ c1 ^ k0;
    const next2 = upperProduct(MULTIPLIERS[0], c0) ^ c3 ^ k1;
    c1 = Math.imul(MULTIPLIERS[1], c2) >>> 0;
    c3 = Math.imul(MULTIPLIERS[0], c0) >>> 0;
    c0 = next0 >>> 0;
    c2 = next2 >>> 0;
    k0 = (k0 + KEY_STEPS[0]) >>> 0;
    k1 = (k1 + KEY_STEPS[1]) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A sequence of draws that a seed and a stream number determine. */
export class RandomSequence {
  private block = 0;
  private words: number[] = [];
  private readonly key: readonly [number, number];

  /** @throws OptionError unless the seed is a whole number of at most 53 bits. */
  constructor(
    seed: number,
    private readonly stream = 0,
  ) {
    checkNumber('random', 'seed', seed, { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, integer: true });
    this.key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  }

  /** 32 random bits. */
  word(): number {
    if (this.words.length === 0) {
      this.words = philox4x32(this.counter(this.block), this.key);
      this.block++;
    }
    return this.words.shift()!;
  }

  /** What tells a block of four words from all others of the seed. */
  protected counter(block: number): readonly [number, number, number, number] {
    return [block, this.stream, Math.floor(block / 2 ** 32), HOST_DOMAIN];
  }

  /** Uniform in (0, 1), 52 bits. */
  uniform(): number {
    const high = this.word() >>> 6;
    const low = this.word() >>> 6;
    return (high * 2 ** 26 + low + 0.5) * 2 ** -52;
  }

  /** A whole number of 0 .. bound - 1. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Beta(alpha, alpha) by Jöhnk's method: two powers of uniform draws, taken again until their sum is at most 1. */
  symmetricBeta(alpha: number): number {
    for (;;) {
      const a = exp(log(this.uniform()) / alpha);
      const b = exp(log(this.uniform()) / alpha);
      if (a + b > 0 && a + b <= 1) return a / (a + b);
    }
  }

  /** The values in a random order: a new array (Fisher-Yates). */
  shuffled<T>(values: readonly T[]): T[] {
    const order = [...values];
    for (let last = order.length - 1; last > 0; last--) {
      const chosen = this.below(last + 1);
      [order[last], order[chosen]] = [order[chosen]!, order[last]!];
    }
    return order;
  }
}

/** Whose draws a `SampleSequence` has: whole numbers, the first two of at most 32 bits, the last below 65,536. */
export interface SamplePlace {
  epoch: number;
  /** Of the sample in the data set. */
  index: number;
  /** Which of the steps that the sample goes through. */
  step: number;
}

/**
 * The draws of one step of one sample in one epoch: a function of the seed and these numbers, whatever was drawn before or is
 * drawn beside.
 */
export class SampleSequence extends RandomSequence {
  constructor(
    seed: number,
    private readonly place: SamplePlace,
  ) {
    super(seed);
  }

  protected override counter(block: number): readonly [number, number, number, number] {
    const { epoch, index, step } = this.place;
    return [block, index, epoch, SAMPLE_DOMAIN + step];
  }
}
