import type { Graph } from '../graph/graph.js';
import type { Shape } from '../graph/shape.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { Tensor } from '../graph/tensor.js';
import type { Initializer } from './initializer.js';

export const uniformIn = (graph: Graph, shape: Shape, minimum: number, maximum: number) =>
  graph.randomUniform(shape).affine(maximum - minimum, minimum);

/** Uniform in [minimum, maximum). @example dense(8, { kernelInitializer: randomUniform({ minimum: -0.1, maximum: 0.1 }) }) */
export function randomUniform(options: { minimum?: number; maximum?: number } = {}): Initializer {
  checkOptions('randomUniform', options, ['minimum', 'maximum']);
  const { minimum = -0.05, maximum = 0.05 } = options;
  checkNumber('randomUniform', 'maximum', maximum, { above: checkNumber('randomUniform', 'minimum', minimum) });
  return {
    name: 'randomUniform',
    config: { minimum, maximum },
    create: (graph, shape) => uniformIn(graph, shape, minimum, maximum),
  };
}

/** Normal with the given mean and standard deviation. */
export function randomNormal(options: { mean?: number; standardDeviation?: number } = {}): Initializer {
  checkOptions('randomNormal', options, ['mean', 'standardDeviation']);
  const { mean = 0, standardDeviation = 0.05 } = options;
  checkNumber('randomNormal', 'mean', mean);
  checkNumber('randomNormal', 'standardDeviation', standardDeviation, { minimum: 0 });
  return {
    name: 'randomNormal',
    config: { mean, standardDeviation },
    create: (graph, shape) => graph.randomNormal(shape).affine(standardDeviation, mean),
  };
}

/** Standard deviation of a standard normal value that is cut at two deviations. */
export const TRUNCATED_DEVIATION = 0.8796256610342398;

/** Draws until one lies within two deviations; that none of so many does happens once in 10^13 values, and is then cut. */
const ATTEMPTS = 10;

/** Standard normal values that lie beyond two deviations are drawn anew. Not widened: the deviation is 0.88. */
export function truncatedStandardNormal(graph: Graph, shape: Shape): Tensor {
  let values = graph.randomNormal(shape);
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    values = values.abs().lessEqual(2).where(values, graph.randomNormal(shape));
  }
  return values.clip(-2, 2);
}

/**
 * Normal, values beyond two deviations drawn anew, as Keras' TruncatedNormal.
 *
 * @param options `standardDeviation` is that before the cut; what is left has 0.88 of it.
 * @example dense(8, { kernelInitializer: truncatedNormal({ standardDeviation: 0.02 }) })
 */
export function truncatedNormal(options: { mean?: number; standardDeviation?: number } = {}): Initializer {
  checkOptions('truncatedNormal', options, ['mean', 'standardDeviation']);
  const { mean = 0, standardDeviation = 0.05 } = options;
  checkNumber('truncatedNormal', 'mean', mean);
  checkNumber('truncatedNormal', 'standardDeviation', standardDeviation, { minimum: 0 });
  return {
    name: 'truncatedNormal',
    config: { mean, standardDeviation },
    create: (graph, shape) => truncatedStandardNormal(graph, shape).affine(standardDeviation, mean),
  };
}
