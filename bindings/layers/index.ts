// Layers by kind: how a layer is made again from its configuration.

import type { Shape } from '../graph/shape.js';
import { unknownName } from '../runtime/suggest.js';
import type { Maker } from '../runtime/named.js';
import { activation } from './activation.js';
import type { Activation } from './activations.js';
import { batchNormalization } from './batchNormalization.js';
import {
  conv1d,
  conv2d,
  depthwiseConv1d,
  depthwiseConv2d,
  separableConv1d,
  separableConv2d,
  type ConvolutionOptions,
  type DepthwiseConvolutionOptions,
  type SeparableConvolutionOptions,
} from './convolution.js';
import { cutout } from './cutout.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import { flatten } from './flatten.js';
import { groupNormalization } from './groupNormalization.js';
import { isLayer, type AnyLayer, type Layer, type LayerDefinition } from './layer.js';
import { layerNormalization } from './layerNormalization.js';
import { add, average, concat, dot, maximum, minimum, multiply, subtract } from './merging.js';
import { multiHeadAttention } from './multiHeadAttention.js';
import {
  alphaDropout,
  gaussianDropout,
  gaussianNoise,
  saltAndPepper,
  spatialDropout,
  stochasticDepth,
} from './noise.js';
import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
  type PoolingOptions,
} from './pooling.js';
import type { LayerOptions } from './options.js';
import { positionalEncoding, positionEmbedding } from './positionalEncoding.js';
import { prelu } from './prelu.js';
import { bidirectional, type BidirectionalOptions } from './recurrent/bidirectional.js';
import { gru } from './recurrent/gru.js';
import { lstm } from './recurrent/lstm.js';
import { simpleRNN } from './recurrent/simpleRNN.js';
import {
  cropping1d,
  cropping2d,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
  type Sides,
  type UpSamplingOptions,
} from './resampling.js';
import { rescaling } from './rescaling.js';
import { residual, type ResidualOptions } from './residual.js';
import { masking, repeatVector, timeDistributed } from './sequences.js';
import { permute, reshape } from './shapes.js';
import type { Size } from './spatial.js';
import { conv1dTranspose, conv2dTranspose, type TransposedConvolutionOptions } from './transposedConvolution.js';
import { dropConnect, weightNoise } from './weightNoise.js';

/** What a factory takes by position, by name, and its options, which come after `Position` things. */
type Config<F extends (...given: never[]) => unknown, Given, Position extends 1 | 2 = 1> = Given &
  NonNullable<Parameters<F>[Position]>;

type ResidualConfig = Omit<ResidualOptions, 'shortcut'> & {
  branch: readonly LayerConfig[];
  shortcut?: LayerConfig;
};

/** A factory that takes a rate by position, as one that takes a configuration. */
const byRate =
  <O>(factory: (rate: number, options: O) => AnyLayer) =>
  ({ rate, ...options }: { rate: number }) =>
    factory(rate, options as O);

/** Factories that take filters and a kernel size, a kernel size, or something else by position. */
const byFilters =
  <O>(factory: (filters: number, kernelSize: Size, options: O) => AnyLayer) =>
  ({ filters, kernelSize, ...options }: { filters: number; kernelSize: Size }) =>
    factory(filters, kernelSize, options as O);
const byKernelSize =
  <O>(factory: (kernelSize: Size, options: O) => AnyLayer) =>
  ({ kernelSize, ...options }: { kernelSize: Size }) =>
    factory(kernelSize, options as O);
const byPoolSize =
  (factory: (poolSize: Size | undefined, options: PoolingOptions) => AnyLayer) =>
  ({ poolSize, ...options }: PoolingOptions & { poolSize?: Size }) =>
    factory(poolSize, options);
const byPadding =
  (factory: (padding: Sides | undefined, options: LayerOptions) => AnyLayer) =>
  ({ padding, ...options }: LayerOptions & { padding?: Sides }) =>
    factory(padding, options);
const byCropping =
  (factory: (cropping: Sides | undefined, options: LayerOptions) => AnyLayer) =>
  ({ cropping, ...options }: LayerOptions & { cropping?: Sides }) =>
    factory(cropping, options);
const bySize =
  (factory: (size: Size | undefined, options: UpSamplingOptions) => AnyLayer) =>
  ({ size, ...options }: UpSamplingOptions & { size?: Size }) =>
    factory(size, options);

const LAYERS = {
  activation: ({ activation: name, ...options }: Config<typeof activation, { activation: Activation }>) =>
    activation(name, options),
  add,
  alphaDropout: byRate(alphaDropout),
  average,
  averagePooling1d: byPoolSize(averagePooling1d),
  averagePooling2d: byPoolSize(averagePooling2d),
  batchNormalization,
  bidirectional: ({ layer, ...options }: BidirectionalOptions & { layer: LayerConfig }) =>
    bidirectional(nested(layer), options),
  concat,
  conv1d: byFilters<ConvolutionOptions>(conv1d),
  conv1dTranspose: byFilters<TransposedConvolutionOptions>(conv1dTranspose),
  conv2d: byFilters<ConvolutionOptions>(conv2d),
  conv2dTranspose: byFilters<TransposedConvolutionOptions>(conv2dTranspose),
  cropping1d: byCropping(cropping1d),
  cropping2d: byCropping(cropping2d),
  cutout: ({ size, ...options }: Config<typeof cutout, { size: number }>) => cutout(size, options),
  dense: ({ units, ...options }: Config<typeof dense, { units: number }>) => dense(units, options),
  depthwiseConv1d: byKernelSize<DepthwiseConvolutionOptions>(depthwiseConv1d),
  depthwiseConv2d: byKernelSize<DepthwiseConvolutionOptions>(depthwiseConv2d),
  dot,
  dropConnect: ({ layer, rate, ...options }: Config<typeof dropConnect, { layer: LayerConfig; rate: number }, 2>) =>
    dropConnect(nested(layer), rate, options),
  dropout: byRate(dropout),
  embedding: ({
    inputDim,
    outputDim,
    ...options
  }: Config<typeof embedding, { inputDim: number; outputDim: number }, 2>) => embedding(inputDim, outputDim, options),
  flatten,
  gaussianDropout: byRate(gaussianDropout),
  gaussianNoise: ({ stddev, ...options }: Config<typeof gaussianNoise, { stddev: number }>) =>
    gaussianNoise(stddev, options),
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  groupNormalization,
  gru: ({ units, ...options }: Config<typeof gru, { units: number }>) => gru(units, options),
  layerNormalization,
  lstm: ({ units, ...options }: Config<typeof lstm, { units: number }>) => lstm(units, options),
  masking,
  maxPooling1d: byPoolSize(maxPooling1d),
  maxPooling2d: byPoolSize(maxPooling2d),
  maximum,
  minimum,
  multiHeadAttention: ({ heads, ...options }: Config<typeof multiHeadAttention, { heads: number }>) =>
    multiHeadAttention(heads, options),
  multiply,
  permute: ({ dims, ...options }: Config<typeof permute, { dims: readonly number[] }>) => permute(dims, options),
  positionEmbedding: ({ maxLength, ...options }: Config<typeof positionEmbedding, { maxLength: number }>) =>
    positionEmbedding(maxLength, options),
  positionalEncoding,
  prelu,
  repeatVector: ({ n, ...options }: Config<typeof repeatVector, { n: number }>) => repeatVector(n, options),
  rescaling: ({ scale, ...options }: Config<typeof rescaling, { scale: number }>) => rescaling(scale, options),
  reshape: ({ targetShape, ...options }: Config<typeof reshape, { targetShape: Shape }>) =>
    reshape(targetShape, options),
  residual: ({ branch, shortcut, ...options }: ResidualConfig) =>
    residual(branch.map(nested), { ...options, ...(shortcut && { shortcut: nested(shortcut) }) }),
  saltAndPepper: byRate(saltAndPepper),
  simpleRNN: ({ units, ...options }: Config<typeof simpleRNN, { units: number }>) => simpleRNN(units, options),
  timeDistributed: ({ layer, ...options }: Config<typeof timeDistributed, { layer: LayerConfig }>) =>
    timeDistributed(nested(layer), options),
  separableConv1d: byFilters<SeparableConvolutionOptions>(separableConv1d),
  separableConv2d: byFilters<SeparableConvolutionOptions>(separableConv2d),
  spatialDropout: byRate(spatialDropout),
  stochasticDepth: byRate(stochasticDepth),
  subtract,
  upSampling1d: bySize(upSampling1d),
  upSampling2d: bySize(upSampling2d),
  weightNoise: ({ layer, stddev, ...options }: Config<typeof weightNoise, { layer: LayerConfig; stddev: number }, 2>) =>
    weightNoise(nested(layer), stddev, options),
  zeroPadding1d: byPadding(zeroPadding1d),
  zeroPadding2d: byPadding(zeroPadding2d),
} satisfies Record<string, Maker<AnyLayer>>;

/** A layer that stands inside another one; a user's own has been made already. */
const nested = (config: LayerConfig | Layer): Layer => (isLayer(config) ? config : (layerFromConfig(config) as Layer));

/** Kinds of layer that come with the library. */
export type LayerKind = keyof typeof LAYERS;
export const LAYER_KINDS = Object.keys(LAYERS) as LayerKind[];

/** A layer in JSON. */
export type LayerConfig = Pick<LayerDefinition, 'kind' | 'name' | 'inputShape' | 'config'>;

/**
 * A new layer from the JSON of another one's `definition`: kind, name, inputShape and config.
 *
 * @throws OptionError for an unknown kind: a layer of one's own has no factory here.
 * @example layerFromConfig({ kind: 'dense', config: { units: 64, activation: 'relu' } })
 */
export function layerFromConfig({ kind, name, inputShape, config = {} }: LayerConfig): AnyLayer {
  if (!Object.hasOwn(LAYERS, kind)) unknownName('layerFromConfig', 'kind of layer', kind, LAYER_KINDS);
  const maker: Maker<AnyLayer> = LAYERS[kind as LayerKind];
  return maker({ ...config, ...(name !== undefined && { name }), ...(inputShape && { inputShape }) } as never);
}
