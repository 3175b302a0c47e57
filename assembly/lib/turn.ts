// Sine and cosine of a random angle on four lanes. The angle is a 32-bit word, in 2^-32 of a full turn, so that its reduction
// to a quarter turn is integer arithmetic and exact.

import { cubic, multiplyAdd } from './polynomial';

const QUADRANT_HALF: i32 = 0x20000000;
const SIGN_BIT: i32 = 0x80000000;
const INVERSE_2_32: f32 = 2.3283064365386963e-10;

/** The angle less its quadrant, in quadrants: -1/2 to 1/2. */
@inline
function withinQuadrant(word: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(word, 2)), f32x4.splat(INVERSE_2_32));
}

/** sin(f pi / 2) for |f| <= 1/2 */
@inline
function sineOfQuadrants(f: v128, square: v128): v128 {
  return f32x4.mul(f, cubic(square, 1.5707964, -0.64596665, 0.079712525, -0.0046859714));
}

/** cos(f pi / 2) for |f| <= 1/2 */
@inline
function cosineOfQuadrants(square: v128): v128 {
  const tail = cubic(square, -1.2337005, 0.25366855, -0.020855594, 0.00089447346);
  return multiplyAdd(square, tail, f32x4.splat(1));
}

/** Sine of the angle `word`; the cosine is the sine a quadrant on. */
@inline
export function sineOfTurn(word: v128): v128 {
  const f = withinQuadrant(word);
  const square = f32x4.mul(f, f);
  // Bit 30 of the rounded word tells the odd quadrants, where sine and cosine change places; bit 31 the negative half.
  const rounded = i32x4.add(word, i32x4.splat(QUADRANT_HALF));
  const isOdd = i32x4.shr_s(i32x4.shl(rounded, 1), 31);
  const size = v128.bitselect(cosineOfQuadrants(square), sineOfQuadrants(f, square), isOdd);
  return v128.xor(size, v128.and(rounded, i32x4.splat(SIGN_BIT)));
}

/** Cosine of the angle `word`. */
@inline
export function cosineOfTurn(word: v128): v128 {
  return sineOfTurn(i32x4.add(word, i32x4.splat(2 * QUADRANT_HALF)));
}
