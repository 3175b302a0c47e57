// Sine and cosine of a random angle on four lanes. The angle is a 32-bit word, in 2^-32 of a full turn, so that its
// reduction to a quarter turn is integer arithmetic and exact.

import { ONE, SIGN_BIT, broadcast } from './constants';
import { cubic, extend } from './polynomial';

/** Half a quadrant and a whole one. */
const HALF_QUADRANT = memory.data<u32>([0x20000000]);
const QUADRANT = memory.data<u32>([0x40000000]);
const INVERSE_2_32 = memory.data<f32>([2.3283064365386963e-10]);
/** sin(f pi / 2) / f and (cos(f pi / 2) - 1) / f^2 by powers of f^2, for |f| <= 1/2. */
const SINE = memory.data<f32>([1.5707964, -0.64596665, 0.079712525, -0.0046859714]);
const COSINE = memory.data<f32>([-1.2337005, 0.25366855, -0.020855594, 0.00089447346]);

/** Sine of the angle `word`; the cosine is the sine a quadrant on. Maximum absolute error 8.1e-8. */
@inline
export function sineOfTurn(word: v128): v128 {
  // f is the angle less its nearest quadrant, in quadrants: the shift drops the bits that count these.
  const f = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(word, 2)), broadcast(INVERSE_2_32));
  const square = f32x4.mul(f, f);
  const sine = f32x4.mul(f, cubic(square, SINE));
  const cosine = extend(cubic(square, COSINE), square, ONE);
  // Bit 30 of the rounded word tells the odd quadrants, where sine and cosine change places; bit 31 the negative half.
  const rounded = i32x4.add(word, broadcast(HALF_QUADRANT));
  const isOdd = i32x4.shr_s(i32x4.shl(rounded, 1), 31);
  return v128.xor(v128.bitselect(cosine, sine, isOdd), v128.and(rounded, broadcast(SIGN_BIT)));
}

/** Cosine of the angle `word`. */
@inline
export function cosineOfTurn(word: v128): v128 {
  return sineOfTurn(i32x4.add(word, broadcast(QUADRANT)));
}
