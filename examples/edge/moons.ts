import { normalDraws, uniformDraws } from '../random.js';

/** Two half circles that reach into each other: points [count, 2] and which of them each is on. */
export function moons(count: number, seed: number): { data: Float32Array; labels: Int32Array } {
  const [uniform, normal] = [uniformDraws(seed), normalDraws(seed + 1)];
  const data = new Float32Array(2 * count);
  const labels = Int32Array.from({ length: count }, () => Math.floor(2 * uniform()));
  labels.forEach((label, i) => {
    const angle = Math.PI * uniform();
    data[2 * i] = (label ? 1 - Math.cos(angle) : Math.cos(angle)) + 0.1 * normal();
    data[2 * i + 1] = (label ? 0.5 - Math.sin(angle) : Math.sin(angle)) + 0.1 * normal();
  });
  return { data, labels };
}
