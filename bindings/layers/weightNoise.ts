// Noise on the weights of a layer in training: wrappers that change what the layer reads.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { layer, type CallContext, type Layer } from './layer.js';
import { buildNested, callNested } from './nested.js';

/** `inner` with its weights (not biases: parameters of two axes and more) read through `disturb` where noise is drawn. */
function wrap(
  kind: string,
  inner: Layer,
  options: { name?: string },
  config: Readonly<Record<string, unknown>>,
  disturb: (weights: Tensor) => Tensor,
): Layer {
  const { definition } = inner;
  return layer({
    kind,
    ...options,
    ...(definition.inputShape && { inputShape: definition.inputShape }),
    config: { ...config, layer: { kind: definition.kind, config: definition.config } },
    passesMask: definition.passesMask ?? false,
    build: (context) => buildNested(context, inner, '', context.inputShapes),
    call(inputs, context) {
      const noisy: CallContext = {
        ...context,
        parameter(name) {
          const value = context.parameter(name);
          return context.stochastic && value.rank >= 2 ? disturb(value) : value;
        },
      };
      return callNested(noisy, inner, '', inputs)[0]!;
    },
  });
}

/**
 * DropConnect: in training each weight of the layer is 0 with probability `rate`, else w / (1 - rate); the same weights for
 * a whole batch. Biases stay. Inference uses the weights as they are. Wan et al. 2013.
 *
 * @param rate Share of the weights to drop, in [0, 1).
 * @example dropConnect(dense(64, { activation: 'relu' }), 0.5)
 */
export function dropConnect(inner: Layer, rate: number, options: { name?: string } = {}): Layer {
  const where = options.name ?? 'dropConnect';
  checkOptions(where, options, ['name']);
  checkNumber(where, 'rate', rate, { minimum: 0, below: 1 });
  return wrap('dropConnect', inner, options, { rate }, (weights) => (rate > 0 ? weights.dropout(rate) : weights));
}

/**
 * Gaussian noise on the weights: in training the layer computes with w + stddev n, drawn once a step. Biases stay.
 * Graves 2011; Goodfellow, Bengio & Courville 2016, section 7.5.
 *
 * @example weightNoise(dense(64), 0.05)
 */
export function weightNoise(inner: Layer, stddev: number, options: { name?: string } = {}): Layer {
  const where = options.name ?? 'weightNoise';
  checkOptions(where, options, ['name']);
  checkNumber(where, 'stddev', stddev, { minimum: 0 });
  return wrap('weightNoise', inner, options, { stddev }, (weights) =>
    weights.add(weights.graph.randomNormal(weights.shape).mul(stddev)),
  );
}
