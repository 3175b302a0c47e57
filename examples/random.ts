// Seeded draws for the data that examples make up: the same on every machine.

/** Uniform draws in [0, 1): Steele & Vigna's SplitMix, in its 32-bit form. */
export function uniformDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Draws that are nearly standard normal: twelve uniform ones less 6 (no logarithm or cosine of the host's in it). */
export function normalDraws(seed: number): () => number {
  const uniform = uniformDraws(seed);
  return () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum;
  };
}

/** 0 to count - 1 in a random order: Fisher and Yates' shuffle. */
export function shuffledIndices(count: number, seed: number): Int32Array {
  const uniform = uniformDraws(seed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
