// IEEE 754 half precision (binary16), for values at rest: 1 sign, 5 exponent and 10 fraction bits. Largest 65504, least 2^-24.

const SIGN = 0x8000;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;
/** Float32 bits of 65536, which is beyond any rounding, and of 2^-14, below which numbers are subnormal. */
const FLOAT32_BEYOND = 0x47800000;
const FLOAT32_LEAST_NORMAL = 0x38800000;
const FLOAT32_INFINITY = 0x7f800000;
/** What the exponents differ by, in float32 bits. */
const BIAS = 0x38000000;
const FRACTION_SHIFT = 13;
/** 2^-24, and its inverse. */
const LEAST = 5.9604644775390625e-8;
const PER_LEAST = 16777216;

/** The largest number that float16 has. */
export const LARGEST_FLOAT16 = 65504;

/** The nearest float16 numbers, ties to the even one, as their bits. What is beyond 65519.99 becomes infinite. */
export function toFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word, i) => {
    const sign = (word >>> 16) & SIGN;
    const magnitude = word & 0x7fffffff;
    if (magnitude > FLOAT32_INFINITY) return sign | NAN_BITS;
    if (magnitude >= FLOAT32_BEYOND) return sign | INFINITY_BITS;
    if (magnitude < FLOAT32_LEAST_NORMAL) return sign | roundToEven(Math.abs(values[i]!) * PER_LEAST);
    const isOdd = (magnitude >>> FRACTION_SHIFT) & 1;
    return sign | ((magnitude - BIAS + 0xfff + isOdd) >>> FRACTION_SHIFT);
  });
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** Float32 numbers of float16 bits: every one is exact. */
export function fromFloat16(bits: Uint16Array, target: Float32Array): void {
  const words = new Uint32Array(target.buffer, target.byteOffset, target.length);
  bits.forEach((half, i) => {
    const sign = (half & SIGN) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude < 0x400) target[i] = (sign ? -LEAST : LEAST) * magnitude;
    else if (magnitude < INFINITY_BITS) words[i] = sign | ((magnitude << FRACTION_SHIFT) + BIAS);
    else words[i] = sign | FLOAT32_INFINITY | ((magnitude & 0x3ff) << FRACTION_SHIFT);
  });
}
