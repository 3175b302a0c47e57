// exp, log, power and turns in float64 whose bits are the same on every engine: made of + - * / alone, which IEEE 754 rounds
// exactly, while engines differ in the last bits of their own Math. Everything that reaches weights uses these.
// Method: reduction of the argument by a multiple of a constant held in parts (Cody & Waite 1980), then a Taylor series.

const words = new DataView(new ArrayBuffer(8));

/** ln 2 and pi/2 in parts: the leading ones have so few bits that a multiple by a moderate whole number is exact. */
const LN2 = [0.6931471803691238, 1.9082149292705877e-10] as const;
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;

/** x minus `count` times the constant. */
const reduce = (x: number, count: number, parts: readonly number[]): number =>
  parts.reduce((rest, part) => rest - count * part, x);

/** 2^exponent, for exponents of normal numbers. */
function powerOfTwo(exponent: number): number {
  words.setInt32(0, (exponent + 1023) << 20);
  words.setInt32(4, 0);
  return words.getFloat64(0);
}

/** 1 + x (1 + x/2 (1 + x/3 (...))), innermost first. */
function expSeries(x: number): number {
  let sum = 1;
  for (let term = 14; term > 0; term--) sum = 1 + (x / term) * sum;
  return sum;
}

/** e^x, within 2 ULP. 0 below the smallest subnormal, Infinity above the largest number. */
export function exp(x: number): number {
  if (!(x > -745.2 && x < 709.8)) return x > 0 ? Infinity : x < 0 ? 0 : NaN;
  const doublings = Math.floor(x / LN2[0] + 0.5);
  const half = Math.floor(doublings / 2);
  return expSeries(reduce(x, doublings, LN2)) * powerOfTwo(half) * powerOfTwo(doublings - half);
}

/** Natural logarithm, within 2 ULP. NaN below 0, -Infinity at 0. */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x > 0 ? Infinity : NaN;
  const smallest = powerOfTwo(-1022);
  const lift = x < smallest ? 54 : 0;
  words.setFloat64(0, lift ? x * powerOfTwo(lift) : x);
  let exponent = (words.getUint32(0) >>> 20) - 1023 - lift;
  words.setUint32(0, (words.getUint32(0) & 0xfffff) | 0x3ff00000);
  let mantissa = words.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 ...) with s = (m - 1) / (m + 1), |s| <= 0.172
  const s = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let term = 23; term >= 3; term -= 2) series = (series + 1 / term) * s * s;
  return exponent * LN2[0] + (exponent * LN2[1] + 2 * s * series + 2 * s);
}

/** base^exponent of a base >= 0: exact products for whole exponents, else e^(exponent ln base). */
export function pow(base: number, exponent: number): number {
  if (Number.isInteger(exponent) && Math.abs(exponent) <= 2 ** 31) {
    return exponent < 0 ? 1 / integerPower(base, -exponent) : integerPower(base, exponent);
  }
  return exp(exponent * log(base));
}

/** base^exponent for a whole exponent >= 0, by squaring. */
export function integerPower(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}

/** sin x by its series for |x| <= pi/4; the one of cos x. */
function sinSeries(x: number): number {
  let sum = 1;
  for (let term = 18; term > 0; term -= 2) sum = 1 - ((x * x) / (term * (term + 1))) * sum;
  return x * sum;
}

function cosSeries(x: number): number {
  let sum = 1;
  for (let term = 18; term > 0; term -= 2) sum = 1 - ((x * x) / (term * (term - 1))) * sum;
  return sum;
}

/** The turn of x by `quarters` of a circle more; exact to 2 ULP of 1 for |x| up to 10^6. */
function turn(x: number, quarters: number): number {
  const count = Math.floor(x / HALF_PI[0] + 0.5);
  const rest = reduce(x, count, HALF_PI);
  const quadrant = (((count + quarters) % 4) + 4) % 4;
  const value = quadrant % 2 === 0 ? sinSeries(rest) : cosSeries(rest);
  return quadrant < 2 ? value : -value;
}

/** sin x, x in radians, within 2 ULP of 1 for |x| up to 10^6. */
export const sin = (x: number): number => turn(x, 0);

/** cos x, x in radians, within 2 ULP of 1 for |x| up to 10^6. */
export const cos = (x: number): number => turn(x, 1);
