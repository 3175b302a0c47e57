// Numbers for the cases: the same on every machine and in every run.

export type Random = () => number;

/** Uniform in [0, 1) by mulberry32. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` values uniform in [-limit, limit). */
export function fillUniform(random: Random, length: number, limit: number): Float32Array {
  return Float32Array.from({ length }, () => (2 * random() - 1) * limit);
}
