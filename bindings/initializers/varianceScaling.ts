// Initialisers that keep the size of signals from layer to layer: variance = scale / n, with n from the kernel's fans.

import type { Graph } from '../graph/graph.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { checkNumber, checkOptions, unknownName } from '../runtime/suggest.js';
import { fansOf, type Initializer } from './initializer.js';
import { TRUNCATED_DEVIATION, truncatedStandardNormal, uniformIn } from './random.js';

const MODES = {
  fanIn: (fanIn: number) => fanIn,
  fanOut: (_: number, fanOut: number) => fanOut,
  fanAverage: (fanIn: number, fanOut: number) => (fanIn + fanOut) / 2,
} as const;

const DISTRIBUTIONS = {
  uniform(graph: Graph, shape: Shape, deviation: number): Tensor {
    const limit = Math.sqrt(3) * deviation;
    return uniformIn(graph, shape, -limit, limit);
  },
  normal: (graph: Graph, shape: Shape, deviation: number) => graph.randomNormal(shape).mul(deviation),
  truncatedNormal: (graph: Graph, shape: Shape, deviation: number) =>
    truncatedStandardNormal(graph, shape).mul(deviation / TRUNCATED_DEVIATION),
} as const;

export interface VarianceScalingOptions {
  /** Numerator of the variance; 1 by default. */
  scale?: number;
  /** What divides it: the inputs of a unit, its outputs, or the mean of both; fanIn by default. */
  mode?: keyof typeof MODES;
  /** truncatedNormal (cut at two deviations, then widened to the right variance) by default, as in Keras. */
  distribution?: keyof typeof DISTRIBUTIONS;
}

/**
 * Mean 0 and variance scale / n, n the fan-in, fan-out or their mean. All of Glorot, He and LeCun are cases of it.
 *
 * @throws OptionError for a scale that is not positive, or an unknown mode or distribution.
 * @example varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'normal' })
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  checkOptions('varianceScaling', options, ['scale', 'mode', 'distribution']);
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options;
  checkNumber('varianceScaling', 'scale', scale, { above: 0 });
  if (!Object.hasOwn(MODES, mode)) unknownName('varianceScaling', 'mode', mode, Object.keys(MODES));
  if (!Object.hasOwn(DISTRIBUTIONS, distribution)) {
    unknownName('varianceScaling', 'distribution', distribution, Object.keys(DISTRIBUTIONS));
  }
  return {
    name: 'varianceScaling',
    config: { scale, mode, distribution },
    create(graph, shape) {
      const { fanIn, fanOut } = fansOf(shape);
      return DISTRIBUTIONS[distribution](graph, shape, Math.sqrt(scale / MODES[mode](fanIn, fanOut)));
    },
  };
}

/** Options of the normal ones. */
export interface TruncationOptions {
  /** Cut at two deviations and widen to the right variance, as Keras does; false by default, as in PyTorch. */
  truncated?: boolean;
}

const uniform = (name: string, scale: number, mode: keyof typeof MODES): Initializer => ({
  ...varianceScaling({ scale, mode, distribution: 'uniform' }),
  name,
  config: {},
});

function normal(name: string, scale: number, mode: keyof typeof MODES, options: TruncationOptions): Initializer {
  checkOptions(name, options, ['truncated']);
  const { truncated = false } = options;
  const distribution = truncated ? 'truncatedNormal' : 'normal';
  return { ...varianceScaling({ scale, mode, distribution }), name, config: { truncated } };
}

/** Glorot (Xavier) uniform: limit sqrt(6 / (fanIn + fanOut)). The default of kernels, as in Keras. Glorot & Bengio 2010. */
export const glorotUniform = (): Initializer => uniform('glorotUniform', 1, 'fanAverage');

/** Glorot (Xavier) normal: variance 2 / (fanIn + fanOut). Glorot & Bengio 2010. */
export const glorotNormal = (options: TruncationOptions = {}): Initializer =>
  normal('glorotNormal', 1, 'fanAverage', options);

/** He uniform: limit sqrt(6 / fanIn), for ReLU nets. He et al. 2015. */
export const heUniform = (): Initializer => uniform('heUniform', 2, 'fanIn');

/** He normal: variance 2 / fanIn, for ReLU nets. He et al. 2015. */
export const heNormal = (options: TruncationOptions = {}): Initializer => normal('heNormal', 2, 'fanIn', options);

/** LeCun uniform: limit sqrt(3 / fanIn). LeCun et al. 1998. */
export const lecunUniform = (): Initializer => uniform('lecunUniform', 1, 'fanIn');

/**
 * LeCun normal: variance 1 / fanIn, for selu nets; the 'Xavier 1/n' of textbooks. LeCun et al. 1998.
 *
 * @example dense(64, { activation: 'selu', kernelInitializer: 'lecunNormal' })
 */
export const lecunNormal = (options: TruncationOptions = {}): Initializer => normal('lecunNormal', 1, 'fanIn', options);
