// Functions whose bits are the same on every engine: made of exactly rounded operations alone.

const words = new DataView(new ArrayBuffer(8));
const TERMS = 12;

/** Natural logarithm of a float64, within 2 ULP. NaN below 0, -Infinity at 0. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? Infinity : NaN;
  if (x < 2 ** -1022) return log(x * 2 ** 54) - 54 * Math.LN2;
  words.setFloat64(0, x);
  let exponent = (words.getUint32(0) >>> 20) - 1023;
  words.setUint32(0, (words.getUint32(0) & 0xfffff) | 0x3ff00000);
  let mantissa = words.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| <= 0.172
  const s = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let k = TERMS; k >= 1; k--) series = series * s * s + 1 / (2 * k + 1);
  return exponent * Math.LN2 + (2 * s + 2 * s * s * s * series);
}
