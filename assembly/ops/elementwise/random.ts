// Random element-wise functions. Draws are made in chunks of raw words behind the tile registers, and turned into
// values there; lib/philox.ts says which word belongs to which element.

import { ELEMENTWISE_REGISTERS, ELEMENTWISE_TILE, RunStateField } from '../../opcodes';
import { broadcast } from '../../lib/constants';
import { count } from '../../lib/fields';
import { storeLanes } from '../../lib/lanes';
import { logOfNormal } from '../../lib/logarithm';
import { PHILOX_PAIR, philoxGroups } from '../../lib/philox';
import { scratch } from '../../lib/scratch';
import { cosineOfTurn, sineOfTurn } from '../../lib/turn';
import { copyWords } from '../../lib/words';

/** Bits of a word that make a uniform value: as many as a float32 holds. */
const DROPPED_BITS: i32 = 8;
const INVERSE_2_24 = memory.data<f32>([5.9604644775390625e-8]);

/** Where the chunk of words lies: behind the tile registers. */
@inline
export function wordsPointer(): usize {
  return scratch() + ((<usize>(ELEMENTWISE_REGISTERS * ELEMENTWISE_TILE)) << 2);
}

/**
 * Draws the words of `elements` elements from `index` on, at most a tile, rounded up to whole pairs of groups. `step` and
 * `domain`: see lib/philox.ts.
 */
function draw(index: u32, elements: u32, stream: u32, state: usize, step: u32, domain: u32): usize {
  const words = wordsPointer();
  const pairs = (elements + PHILOX_PAIR - 1) / PHILOX_PAIR;
  philoxGroups(
    words,
    index,
    pairs,
    stream,
    step,
    domain,
    count(state, RunStateField.seedLow),
    count(state, RunStateField.seedHigh),
  );
  return words;
}

/** The upper 24 bits of a word, as a whole number. */
@inline
function upperBits(word: v128): v128 {
  return i32x4.shr_u(word, DROPPED_BITS);
}

/** Uniform in [0, 1). */
@inline
function uniform(word: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(upperBits(word)), broadcast(INVERSE_2_24));
}

/** Inverted dropout of a tile at most: keeps where the uniform draw is at least `rate`, and divides by what is kept. */
export function dropout(
  a: usize,
  target: usize,
  index: u32,
  elements: u32,
  rate: f32,
  stream: u32,
  state: usize,
): void {
  const rates = f32x4.splat(rate);
  const scale = f32x4.splat(<f32>1 / (<f32>1 - rate));
  const step = count(state, RunStateField.step);
  for (let words = draw(index, elements, stream, state, step, 0); elements; words += 16) {
    const isKept = f32x4.ge(uniform(v128.load(words)), rates);
    const result = v128.and(f32x4.mul(v128.load(a), scale), isKept);
    if (elements < 4) {
      storeLanes(target, result, elements);
      return;
    }
    v128.store(target, result);
    a += 16;
    target += 16;
    elements -= 4;
  }
}

/** Values of a tile at most: uniform in [0, 1), or standard normal. `step` and `domain`: see lib/philox.ts. */
export function randomValues(
  isNormal: bool,
  target: usize,
  index: u32,
  elements: u32,
  stream: u32,
  state: usize,
  step: u32,
  domain: u32,
): void {
  const words = draw(index, elements, stream, state, step, domain);
  const end = words + ((<usize>elements) << 2);
  if (isNormal) normalValues(words, end);
  else uniformValues(words, end);
  copyWords(target, words, elements);
}

/** Words to uniform values, in place. */
@inline
function uniformValues(words: usize, end: usize): void {
  for (; words < end; words += 16) v128.store(words, uniform(v128.load(words)));
}

/**
 * Words to standard normal values, in place, by Box-Muller: elements i and i + 4 (words 0 and 1, or 2 and 3, of one
 * block) are r cos t and r sin t with r = sqrt(-2 ln u), u the upper 24 bits of the first word plus one, times 2^-24,
 * and t the second word times 2 pi 2^-32. The largest value is 5.77, the largest error 1.7e-7 r.
 */
@inline
function normalValues(words: usize, end: usize): void {
  for (; words < end; words += 32) {
    const whole = i32x4.add(upperBits(v128.load(words)), i32x4.splat(1));
    const u = f32x4.mul(f32x4.convert_i32x4_s(whole), broadcast(INVERSE_2_24));
    const radius = f32x4.sqrt(f32x4.mul(logOfNormal(u), f32x4.splat(-2)));
    const angle = v128.load(words, 16);
    v128.store(words, f32x4.mul(radius, cosineOfTurn(angle)));
    v128.store(words, f32x4.mul(radius, sineOfTurn(angle)), 16);
  }
}
