// Philox4x32-10 (Salmon et al., 2011): the counter-based generator behind every random draw. Used by the random
// element-wise functions, ops/permutation.ts and ops/sampleRandom.ts.
//
// A draw is a function of (seed, stream, step, index). The value for element `index` of a stream is
//
//   word    (index >> 2) & 3   of the block with
//   counter ((index >> 4) * 4 + (index & 3), stream, step, domain)   and
//   key     (seedLow, seedHigh)
//
// so 16 adjacent elements are the words of four counters, one in each lane, and no transpose is needed. `index` counts
// the elements of the whole output, not of a part or tile. The domain is 0, 1 for permutations, 2 for the host's draws
// (bindings/runtime/random.ts, which has some domains near 2^31 for texts), or 3 + the number of a sample, whose `index`
// counts from 0 and whose step is an epoch.

import { broadcast } from './constants';
import { scratch } from './scratch';

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const KEY_STEP_0: u32 = 0x9e3779b9;
const KEY_STEP_1: u32 = 0xbb67ae85;
const ROUNDS: u32 = 10;

/** Words that `philoxGroups` makes at a time: two groups of four counters. */
export const PHILOX_PAIR: u32 = 32;

/** The multipliers and key steps for `broadcast`. */
const CONSTANTS = memory.data<u32>([MULTIPLIER_0, MULTIPLIER_1, KEY_STEP_0, KEY_STEP_1]);

/** Writes the four words of one block. */
export function philox4x32(target: usize, c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  for (let round: u32 = 0; round < ROUNDS; ++round) {
    const product0 = <u64>MULTIPLIER_0 * <u64>c0;
    const product1 = <u64>MULTIPLIER_1 * <u64>c2;
    c0 = (<u32>(product1 >> 32)) ^ c1 ^ k0;
    c1 = <u32>product1;
    c2 = (<u32>(product0 >> 32)) ^ c3 ^ k1;
    c3 = <u32>product0;
    k0 += KEY_STEP_0;
    k1 += KEY_STEP_1;
  }
  store<u32>(target, c0);
  store<u32>(target, c1, 4);
  store<u32>(target, c2, 8);
  store<u32>(target, c3, 12);
}

/** The one word that belongs to `index`. */
export function philoxWord(index: u32, stream: u32, coordinate: u32, domain: u32, k0: u32, k1: u32): u32 {
  const block = scratch();
  philox4x32(block, ((index >> 4) << 2) + (index & 3), stream, coordinate, domain, k0, k1);
  return load<u32>(block + (index & 12));
}

/** The low halves of four 64-bit products. */
@inline
function lowHalves(first: v128, second: v128): v128 {
  return v128.shuffle<u32>(first, second, 0, 2, 4, 6);
}

@inline
function highHalves(first: v128, second: v128): v128 {
  return v128.shuffle<u32>(first, second, 1, 3, 5, 7);
}

/**
 * Writes the words of indices `index` to `index + 32 * pairs`; `index` is a multiple of 16. Two groups run
 * side by side to fill the time their chains of multiplications wait.
 */
export function philoxGroups(
  target: usize,
  index: u32,
  pairs: u32,
  stream: u32,
  coordinate: u32,
  domain: u32,
  k0: u32,
  k1: u32,
): void {
  const multiplier0 = broadcast(CONSTANTS);
  const multiplier1 = broadcast(CONSTANTS + 4);
  const keyStep0 = broadcast(CONSTANTS + 8);
  const keyStep1 = broadcast(CONSTANTS + 12);
  const four = i32x4.splat(4);
  let counter = i32x4.add(i32x4.splat((index >> 4) << 2), i32x4(0, 1, 2, 3));
  for (; pairs; --pairs) {
    let a0 = counter;
    let b0 = i32x4.add(counter, four);
    let a1 = i32x4.splat(stream);
    let b1 = a1;
    let a2 = i32x4.splat(coordinate);
    let b2 = a2;
    let a3 = i32x4.splat(domain);
    let b3 = a3;
    let key0 = i32x4.splat(k0);
    let key1 = i32x4.splat(k1);
    for (let round: u32 = 0; round < ROUNDS; ++round) {
      let low0 = i64x2.extmul_low_i32x4_u(a0, multiplier0);
      let high0 = i64x2.extmul_high_i32x4_u(a0, multiplier0);
      let low1 = i64x2.extmul_low_i32x4_u(a2, multiplier1);
      let high1 = i64x2.extmul_high_i32x4_u(a2, multiplier1);
      a0 = v128.xor(highHalves(low1, high1), v128.xor(a1, key0));
      a1 = lowHalves(low1, high1);
      a2 = v128.xor(highHalves(low0, high0), v128.xor(a3, key1));
      a3 = lowHalves(low0, high0);
      low0 = i64x2.extmul_low_i32x4_u(b0, multiplier0);
      high0 = i64x2.extmul_high_i32x4_u(b0, multiplier0);
      low1 = i64x2.extmul_low_i32x4_u(b2, multiplier1);
      high1 = i64x2.extmul_high_i32x4_u(b2, multiplier1);
      b0 = v128.xor(highHalves(low1, high1), v128.xor(b1, key0));
      b1 = lowHalves(low1, high1);
      b2 = v128.xor(highHalves(low0, high0), v128.xor(b3, key1));
      b3 = lowHalves(low0, high0);
      key0 = i32x4.add(key0, keyStep0);
      key1 = i32x4.add(key1, keyStep1);
    }
    v128.store(target, a0);
    v128.store(target, a1, 16);
    v128.store(target, a2, 32);
    v128.store(target, a3, 48);
    v128.store(target, b0, 64);
    v128.store(target, b1, 80);
    v128.store(target, b2, 96);
    v128.store(target, b3, 112);
    target += 128;
    counter = i32x4.add(counter, i32x4.splat(8));
  }
}
