// Parzen estimators of the TPE: densities of observed places in [0, 1], and of choices.

import { cos, exp, log } from '../../../runtime/math.js';
import type { RandomSequence } from '../../../runtime/random.js';

/** Weights of observations, oldest first: the latest 25 weigh 1, earlier ones less, down to 1/n. */
export const observationWeights = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const ramp = count - 25;
    if (i >= ramp) return 1;
    return ramp === 1 ? 1 / count : 1 / count + ((1 - 1 / count) * i) / (ramp - 1);
  });

/** sqrt(2 π) */
const ROOT_TWO_PI = 2.5066282746310002;

/** P(Z < z) of a standard normal variable by its series (Marsaglia 2004, "Evaluating the normal distribution"). */
export function normalBelow(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let [sum, term] = [z, z];
  for (let k = 3; k < 400 && sum + term !== sum; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + sum * exp(-0.5 * z * z - 0.9189385332046727);
}

/** An index by weights. */
function drawIndex(weights: readonly number[], random: RandomSequence): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = random.uniform() * total;
  for (let i = 0; i < weights.length - 1; i++) {
    rest -= weights[i]!;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

/** A density to draw from and to look at. */
export interface Estimator {
  draw(random: RandomSequence): number;
  density(place: number): number;
}

interface Kernel {
  middle: number;
  width: number;
  /** Share of all weight, over the mass within [0, 1]. */
  factor: number;
  weight: number;
}

/**
 * Normal kernels cut off at 0 and 1, one an observation, as wide as the larger distance to its neighbours, and a wide one about the
 * middle: the prior. Kernels are no narrower than 1 / min(100, kernels + 1) (Optuna's `magic clip`).
 */
export function numberEstimator(places: readonly number[]): Estimator {
  const middles = [...places, 0.5];
  const order = middles.map((_, i) => i).sort((a, b) => middles[a]! - middles[b]! || a - b);
  const widths = new Array<number>(middles.length).fill(1);
  order.forEach((i, rank) => {
    const [before, after] = [order[rank - 1], order[rank + 1]];
    const left = before === undefined ? 0 : middles[i]! - middles[before]!;
    const right = after === undefined ? 0 : middles[after]! - middles[i]!;
    widths[i] = Math.min(1, Math.max(left, right, 1 / Math.min(100, middles.length + 1)));
  });
  widths[places.length] = 1;
  const weights = [...observationWeights(places.length), 1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernels = middles.map((middle, i): Kernel => {
    const width = widths[i]!;
    const mass = normalBelow((1 - middle) / width) - normalBelow(-middle / width);
    return { middle, width, weight: weights[i]!, factor: weights[i]! / total / (mass * width * ROOT_TWO_PI) };
  });
  return {
    draw(random) {
      const { middle, width } = kernels[drawIndex(weights, random)]!;
      // A kernel has at least a third of its mass inside, so this ends soon.
      for (let tries = 0; tries < 1000; tries++) {
        const radius = Math.sqrt(-2 * log(random.uniform()));
        const place = middle + width * radius * cos(2 * Math.PI * random.uniform());
        if (place >= 0 && place <= 1) return place;
      }
      return middle;
    },
    density: (place) =>
      kernels.reduce((sum, { middle, width, factor }) => {
        const z = (place - middle) / width;
        return sum + factor * exp(-0.5 * z * z);
      }, 0),
  };
}

/** Shares of the choices: each observation counts for its own and a little for all, the prior for all alike. */
export function choiceEstimator(indices: readonly number[], size: number): Estimator {
  const weights = [...observationWeights(indices.length), 1];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const little = 1 / weights.length;
  const shares = new Array<number>(size).fill(0);
  weights.forEach((weight, k) => {
    const row = 1 + size * little;
    for (let c = 0; c < size; c++) {
      const own = k === indices.length ? 1 / size : (little + Number(indices[k] === c)) / row;
      shares[c]! += (weight / total) * own;
    }
  });
  return { draw: (random) => drawIndex(shares, random), density: (index) => shares[index]! };
}
