const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);
/** 2^-24, the smallest half above 0. */
const SMALLEST = 1 / 16777216;

/** The value of 16 bits as IEEE 754 half precision. */
export function halfToFloat(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * SMALLEST;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  // The same number as a float32: another offset of the exponent, 13 more bits of fraction.
  word[0] = ((exponent + 112) << 23) | (fraction << 13);
  return sign * float[0]!;
}
