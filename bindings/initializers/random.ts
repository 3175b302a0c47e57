import type { Graph } from '../graph/graph.js';
import type { Shape } from '../graph/shape.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { fansOf, type Initializer } from './initializer.js';

const uniformIn = (graph: Graph, shape: Shape, minimum: number, maximum: number) =>
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

/** A family of scaled distributions: variance = scale / n, with n a kernel's fan-in, or the mean of its fans. */
function varianceScaling(
  name: string,
  scale: number,
  fan: 'fanIn' | 'fanAverage',
  distribution: 'uniform' | 'normal',
): Initializer {
  return {
    name,
    config: {},
    create(graph, shape) {
      const { fanIn, fanOut } = fansOf(shape);
      const variance = scale / (fan === 'fanIn' ? fanIn : (fanIn + fanOut) / 2);
      if (distribution === 'normal') return graph.randomNormal(shape).mul(Math.sqrt(variance));
      const limit = Math.sqrt(3 * variance);
      return uniformIn(graph, shape, -limit, limit);
    },
  };
}

/**
 * Glorot (Xavier) uniform: limit sqrt(6 / (fanIn + fanOut)). The default of kernels, as in Keras. Glorot & Bengio 2010.
 */
export const glorotUniform = (): Initializer => varianceScaling('glorotUniform', 1, 'fanAverage', 'uniform');

/** Glorot (Xavier) normal: variance 2 / (fanIn + fanOut). Not truncated (Keras truncates at two deviations). */
export const glorotNormal = (): Initializer => varianceScaling('glorotNormal', 1, 'fanAverage', 'normal');

/** He uniform: limit sqrt(6 / fanIn), for ReLU nets. He et al. 2015. */
export const heUniform = (): Initializer => varianceScaling('heUniform', 2, 'fanIn', 'uniform');

/** He normal: variance 2 / fanIn, for ReLU nets. Not truncated (Keras truncates at two deviations). He et al. 2015. */
export const heNormal = (): Initializer => varianceScaling('heNormal', 2, 'fanIn', 'normal');
