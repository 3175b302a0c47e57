// Batch normalisation folded into the layer before it: its factor into the kernel, its shift into the bias.

import type { LayerCall } from '../../../layers/layer.js';
import type { Network } from '../../../model/network.js';
import type { Weight } from './call.js';

/** By kind of layer: the parameter that makes the channels, and the axis that has them. */
const KERNELS: Readonly<Record<string, readonly [name: string, axis: number]>> = {
  dense: ['kernel', -1],
  conv1d: ['kernel', -1],
  conv2d: ['kernel', -1],
  conv1dTranspose: ['kernel', -2],
  conv2dTranspose: ['kernel', -2],
  depthwiseConv1d: ['depthwiseKernel', -1],
  depthwiseConv2d: ['depthwiseKernel', -1],
  separableConv1d: ['pointwiseKernel', -1],
  separableConv2d: ['pointwiseKernel', -1],
};

/** The calls of batch normalisations that can be folded, by the call of the layer that takes them up. */
export function foldable(network: Network): ReadonlyMap<LayerCall, LayerCall> {
  const { calls, outputs, ties } = network;
  const uses = (call: LayerCall) => calls.filter(({ layer }) => layer === call.layer).length;
  const readers = (call: LayerCall) =>
    calls.filter(({ inputs }) => inputs.some((input) => call.outputs.includes(input)));
  const isLinear = ({ layer: { definition } }: LayerCall) =>
    definition.config?.activation === undefined || definition.config.activation === 'linear';
  const pairs = calls.flatMap((normalization): [LayerCall, LayerCall][] => {
    const before = normalization.inputs[0]?.producer;
    if (normalization.layer.definition.kind !== 'batchNormalization' || !before) return [];
    const isAlone = uses(before) === 1 && uses(normalization) === 1 && readers(before).length === 1;
    const isSeen = before.outputs.some((output) => outputs.includes(output));
    const isKnown = Object.hasOwn(KERNELS, before.layer.definition.kind) && ties.size === 0;
    return isAlone && !isSeen && isKnown && isLinear(before) ? [[before, normalization]] : [];
  });
  return new Map(pairs);
}

/** The weights of a layer with a batch normalisation behind it taken up. */
export function foldedWeights(
  kind: string,
  own: { has(name: string): boolean; weight(name: string): Weight },
  normalization: { has(name: string): boolean; weight(name: string): Weight; epsilon: number },
): { has(name: string): boolean; weight(name: string): Weight } {
  const [kernelName, axis] = KERNELS[kind]!;
  const variance = normalization.weight('movingVariance').values;
  const mean = normalization.weight('movingMean').values;
  const gamma = normalization.has('gamma') ? normalization.weight('gamma').values : undefined;
  const beta = normalization.has('beta') ? normalization.weight('beta').values : undefined;
  const factor = Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + normalization.epsilon));

  const kernel = (): Weight => {
    const { path, shape, values } = own.weight(kernelName);
    const inner = axis === -1 ? 1 : shape.at(-1)!;
    return { path, shape, values: values.map((value, i) => value * factor[Math.floor(i / inner) % factor.length]!) };
  };
  const bias = (): Weight => {
    const given = own.has('bias') ? own.weight('bias').values : undefined;
    const values = factor.map((scale, c) => ((given?.[c] ?? 0) - mean[c]!) * scale + (beta?.[c] ?? 0));
    const path = own.weight(kernelName).path.replace(/[^/]*$/, 'bias');
    return { path, shape: [factor.length], values: Float32Array.from(values) };
  };
  return {
    has: (name) => name === 'bias' || own.has(name),
    weight: (name) => (name === 'bias' ? bias() : name === kernelName ? kernel() : own.weight(name)),
  };
}
