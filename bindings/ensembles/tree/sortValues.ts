/** Bits that one pass sorts by. */
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Fewer values than this are sorted sooner by comparing them. */
const LEAST_COUNT = 2048;

/**
 * A sorted copy of finite numbers. Many float32 values are sorted by their bits, digit by digit from the lowest (LSD radix sort), which
 * takes half the time of comparing them: bagging sorts every feature anew for each member.
 */
export function sortValues<T extends Float32Array | Float64Array>(values: T): T {
  if (values instanceof Float64Array || values.length < LEAST_COUNT) return values.slice().sort() as T;
  let keys = new Int32Array(values.slice().buffer);
  for (let i = 0; i < keys.length; i++) keys[i] = orderedBits(keys[i]!);
  let sorted = new Int32Array(keys.length);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    sortByDigit(keys, sorted, shift);
    [keys, sorted] = [sorted, keys];
  }
  for (let i = 0; i < keys.length; i++) keys[i] = valueBits(keys[i]!);
  return new Float32Array(keys.buffer) as T;
}

/** The bits of a float32 as a number that is larger for a larger value: the sign turned, and all others of negative values. */
const orderedBits = (bits: number): number => bits ^ ((bits >> 31) | 0x80000000);

const valueBits = (ordered: number): number => ordered ^ (ordered >>> 31 ? 0x80000000 : 0xffffffff);

/** Equal digits keep their order. */
function sortByDigit(keys: Int32Array, target: Int32Array, shift: number): void {
  const next = new Int32Array(DIGITS + 1);
  for (let i = 0; i < keys.length; i++) next[((keys[i]! >>> shift) & (DIGITS - 1)) + 1]!++;
  for (let digit = 1; digit < DIGITS; digit++) next[digit]! += next[digit - 1]!;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    target[next[(key >>> shift) & (DIGITS - 1)]!++] = key;
  }
}
