// Two updates of Adam with decoupled weight decay, clipping by the norm of all gradients and an average of the weights, in float64.

import { UPDATE_GRADIENT_FACTORS, type UpdateCase, type UpdateOutputs } from '../subject.js';

/** Elements that are checked: every so many. */
const STRIDE = 1009;
/**
 * Largest difference of a weight or an average, in learning rates. Right answers were seen to reach 2e-5, rounding of weights of
 * 0.05 included.
 */
const TOLERANCE = 1e-4;

export function checkUpdate(given: UpdateCase, { weights, average }: UpdateOutputs): string | undefined {
  const norm = Math.sqrt(given.gradients.reduce((sum, g) => sum + g * g, 0));
  if (given.averageDecay !== undefined && !average) return 'there is no average';
  for (let i = 0; i < weights.length; i += STRIDE) {
    const expected = updated(given, norm, i);
    for (const [name, values] of Object.entries({ weights, average })) {
      if (!values) continue;
      const wanted = expected[name as keyof typeof expected];
      const difference = Math.abs(values[i]! - wanted) / given.adam.learningRate;
      if (!(difference <= TOLERANCE)) return `${name}[${i}] is ${values[i]}, expected ${wanted}`;
    }
  }
  return undefined;
}

/** One weight and its average after the updates. The average begins at 0; what is divided by 1 - decay^t is not it. */
function updated(
  { adam, weights, gradients, globalClipNorm = Infinity, averageDecay = 0 }: UpdateCase,
  norm: number,
  i: number,
) {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = adam;
  let [weight, average, first, second] = [weights[i]!, 0, 0, 0];
  UPDATE_GRADIENT_FACTORS.forEach((factor, step) => {
    const clipping = Math.min(1, globalClipNorm / (Math.abs(factor) * norm));
    const gradient = factor * clipping * gradients[i]!;
    first = beta1 * first + (1 - beta1) * gradient;
    second = beta2 * second + (1 - beta2) * gradient ** 2;
    const [corrected, root] = [first / (1 - beta1 ** (step + 1)), Math.sqrt(second / (1 - beta2 ** (step + 1)))];
    weight = weight * (1 - learningRate * weightDecay) - (learningRate * corrected) / (root + epsilon);
    average = averageDecay * average + (1 - averageDecay) * weight;
  });
  return { weights: weight, average };
}
