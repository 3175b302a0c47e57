// One small case, or more, of every kind of layer: what the contract suite builds, trains and makes again.

import {
  activation,
  add,
  alphaDropout,
  average,
  averagePooling1d,
  averagePooling2d,
  batchNormalization,
  bidirectional,
  concat,
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  cropping1d,
  cropping2d,
  cutout,
  dense,
  depthwiseConv1d,
  depthwiseConv2d,
  dot,
  dropConnect,
  dropout,
  embedding,
  flatten,
  gaussianDropout,
  gaussianNoise,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  groupNormalization,
  gru,
  layerNormalization,
  lstm,
  masking,
  maxPooling1d,
  maxPooling2d,
  maximum,
  minimum,
  multiHeadAttention,
  multiply,
  permute,
  positionalEncoding,
  positionEmbedding,
  prelu,
  repeatVector,
  rescaling,
  reshape,
  residual,
  saltAndPepper,
  separableConv1d,
  separableConv2d,
  spatialDropout,
  stochasticDepth,
  simpleRNN,
  subtract,
  timeDistributed,
  upSampling1d,
  upSampling2d,
  weightNoise,
  zeroPadding1d,
  zeroPadding2d,
  type AnyLayer,
  type LayerKind,
  type Shape,
} from '../../bindings/index.js';

export interface LayerCase {
  make: () => AnyLayer;
  /** Shape of a sample of each input. */
  inputs: readonly Shape[];
  /** Shape of a sample of the first output. */
  output: Shape;
  /** Number of classes of int32 inputs; float32 inputs otherwise. */
  indices?: number;
  /** Whether it returns several outputs; false by default. */
  isList?: boolean;
}

// Samples of maxima are small, so that no two values change places between the points of the numeric gradient.
const IMAGE = [4, 5, 3];
const SEQUENCE = [5, 6];
const PAIR = [[6], [6]];

export const LAYER_CASES: Readonly<Record<LayerKind, readonly LayerCase[]>> = {
  activation: [
    { make: () => activation('tanh'), inputs: [[6]], output: [6] },
    { make: () => activation({ name: 'elu', alpha: 0.5 }), inputs: [[6]], output: [6] },
  ],
  add: [{ make: () => add(), inputs: [...PAIR, [6]], output: [6] }],
  alphaDropout: [{ make: () => alphaDropout(0.3), inputs: [[6]], output: [6] }],
  average: [{ make: () => average(), inputs: [...PAIR, [6]], output: [6] }],
  averagePooling1d: [
    { make: () => averagePooling1d(), inputs: [SEQUENCE], output: [2, 6] },
    { make: () => averagePooling1d(3, { strides: 2, padding: 'same' }), inputs: [SEQUENCE], output: [3, 6] },
  ],
  averagePooling2d: [
    { make: () => averagePooling2d(), inputs: [IMAGE], output: [2, 2, 3] },
    { make: () => averagePooling2d([2, 3], { strides: [1, 2], padding: 'same' }), inputs: [IMAGE], output: [4, 3, 3] },
  ],
  batchNormalization: [
    { make: () => batchNormalization(), inputs: [[6]], output: [6] },
    { make: () => batchNormalization({ momentum: 0.5, varianceEstimate: 'unbiased' }), inputs: [IMAGE], output: IMAGE },
    {
      make: () => batchNormalization({ center: false, momentum: 0.5 }),
      inputs: [SEQUENCE],
      output: SEQUENCE,
    },
  ],
  bidirectional: [
    { make: () => bidirectional(lstm(3)), inputs: [SEQUENCE], output: [6] },
    {
      make: () => bidirectional(gru(4, { returnSequences: true, recurrentDropout: 0.2 }), { mergeMode: 'ave' }),
      inputs: [SEQUENCE],
      output: [5, 4],
    },
    {
      make: () => bidirectional(simpleRNN(4, { returnState: true }), { mergeMode: null }),
      inputs: [SEQUENCE, [4], [4]],
      output: [4],
      isList: true,
    },
  ],
  concat: [
    { make: () => concat(), inputs: [[6], [3]], output: [9] },
    { make: () => concat({ axis: 1 }), inputs: [SEQUENCE, [2, 6]], output: [7, 6] },
  ],
  conv1d: [
    { make: () => conv1d(4, 3, { activation: 'tanh' }), inputs: [SEQUENCE], output: [3, 4] },
    {
      make: () => conv1d(4, 2, { padding: 'causal', dilationRate: 2, groups: 2, kernelRegularizer: 'l2' }),
      inputs: [SEQUENCE],
      output: [5, 4],
    },
  ],
  conv1dTranspose: [
    { make: () => conv1dTranspose(4, 3, { strides: 2, padding: 'same' }), inputs: [SEQUENCE], output: [10, 4] },
    {
      make: () => conv1dTranspose(3, 3, { strides: 2, padding: 1, outputPadding: 1, dilationRate: 2, useBias: false }),
      inputs: [SEQUENCE],
      output: [12, 3],
    },
  ],
  conv2d: [
    { make: () => conv2d(4, 3, { activation: 'tanh' }), inputs: [IMAGE], output: [2, 3, 4] },
    {
      make: () =>
        conv2d(6, [3, 2], {
          strides: [2, 1],
          padding: 'same',
          groups: 3,
          useBias: false,
          kernelInitializer: 'heNormal',
        }),
      inputs: [IMAGE],
      output: [2, 5, 6],
    },
    {
      make: () => conv2d(5, 1, { kernelConstraint: 'maxNorm', activityRegularizer: 'l2' }),
      inputs: [IMAGE],
      output: [4, 5, 5],
    },
    { make: () => conv2d(2, 2, { dilationRate: [1, 2], biasInitializer: 'ones' }), inputs: [IMAGE], output: [3, 3, 2] },
  ],
  conv2dTranspose: [
    { make: () => conv2dTranspose(4, 3, { strides: 2, activation: 'tanh' }), inputs: [IMAGE], output: [9, 11, 4] },
    {
      make: () => conv2dTranspose(2, [2, 3], { strides: [3, 2], padding: [0, 1], outputPadding: [2, 1] }),
      inputs: [IMAGE],
      output: [13, 10, 2],
    },
  ],
  cropping1d: [{ make: () => cropping1d([1, 0]), inputs: [SEQUENCE], output: [4, 6] }],
  cropping2d: [
    { make: () => cropping2d(1), inputs: [IMAGE], output: [2, 3, 3] },
    {
      make: () =>
        cropping2d([
          [0, 1],
          [2, 1],
        ]),
      inputs: [IMAGE],
      output: [3, 2, 3],
    },
  ],
  cutout: [{ make: () => cutout(2, { fill: 0.5, probability: 0.7 }), inputs: [IMAGE], output: IMAGE }],
  dense: [
    { make: () => dense(4, { activation: 'tanh' }), inputs: [[6]], output: [4] },
    {
      make: () =>
        dense(4, {
          useBias: false,
          kernelInitializer: 'heNormal',
          kernelRegularizer: 'l2',
          kernelConstraint: 'maxNorm',
          activityRegularizer: { name: 'l2', config: { lambda: 0.1 } },
        }),
      inputs: [SEQUENCE],
      output: [5, 4],
    },
  ],
  depthwiseConv1d: [
    { make: () => depthwiseConv1d(3, { padding: 'causal', activation: 'tanh' }), inputs: [SEQUENCE], output: SEQUENCE },
  ],
  depthwiseConv2d: [
    { make: () => depthwiseConv2d(3), inputs: [IMAGE], output: [2, 3, 3] },
    {
      make: () =>
        depthwiseConv2d(2, { depthMultiplier: 2, strides: 2, padding: 'same', depthwiseConstraint: 'maxNorm' }),
      inputs: [IMAGE],
      output: [2, 3, 6],
    },
  ],
  dot: [
    { make: () => dot(), inputs: PAIR, output: [1] },
    { make: () => dot({ axes: 2, normalize: true }), inputs: [SEQUENCE, [3, 6]], output: [5, 3] },
    { make: () => dot({ axes: [1, 2] }), inputs: [SEQUENCE, [3, 5]], output: [6, 3] },
  ],
  dropConnect: [{ make: () => dropConnect(dense(4), 0.3), inputs: [[6]], output: [4] }],
  dropout: [{ make: () => dropout(0.3), inputs: [[6]], output: [6] }],
  embedding: [
    { make: () => embedding(7, 3), inputs: [[5]], output: [5, 3], indices: 7 },
    {
      make: () => embedding(4, 2, { maskZero: true, embeddingsInitializer: 'glorotUniform' }),
      inputs: [[]],
      output: [2],
      indices: 4,
    },
  ],
  flatten: [{ make: () => flatten(), inputs: [IMAGE], output: [60] }],
  gaussianDropout: [{ make: () => gaussianDropout(0.3), inputs: [[6]], output: [6] }],
  gaussianNoise: [{ make: () => gaussianNoise(0.3), inputs: [[6]], output: [6] }],
  globalAveragePooling1d: [{ make: () => globalAveragePooling1d(), inputs: [SEQUENCE], output: [6] }],
  globalAveragePooling2d: [
    { make: () => globalAveragePooling2d({ keepDims: true }), inputs: [IMAGE], output: [1, 1, 3] },
  ],
  globalMaxPooling1d: [{ make: () => globalMaxPooling1d({ keepDims: true }), inputs: [SEQUENCE], output: [1, 6] }],
  globalMaxPooling2d: [{ make: () => globalMaxPooling2d(), inputs: [[3, 2, 3]], output: [3] }],
  groupNormalization: [
    { make: () => groupNormalization({ groups: 3 }), inputs: [[4, 5, 6]], output: [4, 5, 6] },
    {
      make: () => groupNormalization({ groups: 2, epsilon: 1e-5, center: false }),
      inputs: [SEQUENCE],
      output: SEQUENCE,
    },
  ],
  gru: [
    { make: () => gru(3), inputs: [SEQUENCE], output: [3] },
    {
      make: () => gru(4, { resetAfter: false, returnSequences: true, goBackwards: true, useBias: false }),
      inputs: [SEQUENCE, [4]],
      output: [5, 4],
    },
    {
      make: () => gru(3, { recurrentActivation: 'hardSigmoid', activation: 'softsign', recurrentDropout: 0.3 }),
      inputs: [SEQUENCE],
      output: [3],
    },
  ],
  layerNormalization: [
    { make: () => layerNormalization(), inputs: [[6]], output: [6] },
    { make: () => layerNormalization({ axis: [-2, -1], scale: false }), inputs: [SEQUENCE], output: SEQUENCE },
  ],
  maxPooling1d: [{ make: () => maxPooling1d(3, { strides: 1 }), inputs: [[7, 2]], output: [5, 2] }],
  maxPooling2d: [
    { make: () => maxPooling2d(), inputs: [IMAGE], output: [2, 2, 3] },
    { make: () => maxPooling2d(3, { strides: 2, padding: 'same' }), inputs: [IMAGE], output: [2, 3, 3] },
  ],
  lstm: [
    { make: () => lstm(3), inputs: [SEQUENCE], output: [3] },
    {
      make: () => lstm(4, { returnSequences: true, returnState: true, dropout: 0.2 }),
      inputs: [SEQUENCE, [4], [4]],
      output: [5, 4],
      isList: true,
    },
    {
      make: () =>
        lstm(3, {
          unitForgetBias: false,
          recurrentDropout: 0.3,
          goBackwards: true,
          recurrentRegularizer: 'l2',
          biasInitializer: 'randomNormal',
          activityRegularizer: 'l2',
        }),
      inputs: [SEQUENCE],
      output: [3],
    },
  ],
  masking: [{ make: () => masking({ maskValue: 0.5 }), inputs: [SEQUENCE], output: SEQUENCE }],
  maximum: [{ make: () => maximum(), inputs: PAIR, output: [6] }],
  minimum: [{ make: () => minimum(), inputs: PAIR, output: [6] }],
  multiHeadAttention: [
    { make: () => multiHeadAttention(2), inputs: [SEQUENCE], output: SEQUENCE },
    {
      make: () => multiHeadAttention(3, { causal: true, dropout: 0.2, useBias: false }),
      inputs: [SEQUENCE],
      output: SEQUENCE,
    },
    {
      make: () => multiHeadAttention(2, { keyDim: 4, valueDim: 3, outputDim: 5, returnAttentionScores: true }),
      inputs: [SEQUENCE, [3, 4]],
      output: [5, 5],
      isList: true,
    },
  ],
  multiply: [{ make: () => multiply(), inputs: PAIR, output: [6] }],
  permute: [{ make: () => permute([3, 1, 2]), inputs: [IMAGE], output: [3, 4, 5] }],
  positionEmbedding: [{ make: () => positionEmbedding(9), inputs: [SEQUENCE], output: SEQUENCE }],
  positionalEncoding: [{ make: () => positionalEncoding(), inputs: [SEQUENCE], output: SEQUENCE }],
  prelu: [
    { make: () => prelu(), inputs: [[6]], output: [6] },
    { make: () => prelu({ sharedAxes: [1, 2], trainable: true }), inputs: [IMAGE], output: IMAGE },
  ],
  repeatVector: [{ make: () => repeatVector(3), inputs: [[6]], output: [3, 6] }],
  rescaling: [{ make: () => rescaling(0.5, { offset: 1 }), inputs: [[6]], output: [6] }],
  reshape: [{ make: () => reshape([-1, 6]), inputs: [IMAGE], output: [10, 6] }],
  residual: [
    { make: () => residual([dense(6, { activation: 'tanh' }), dense(6)]), inputs: [[6]], output: [6] },
    {
      make: () =>
        residual([dense(4), batchNormalization(), stochasticDepth(0.3)], { shortcut: dense(4), activation: 'tanh' }),
      inputs: [[6]],
      output: [4],
    },
  ],
  saltAndPepper: [{ make: () => saltAndPepper(0.3, { low: -1, high: 2 }), inputs: [[6]], output: [6] }],
  separableConv1d: [{ make: () => separableConv1d(4, 3, { padding: 'same' }), inputs: [SEQUENCE], output: [5, 4] }],
  separableConv2d: [
    { make: () => separableConv2d(4, 3, { activation: 'tanh' }), inputs: [IMAGE], output: [2, 3, 4] },
    {
      make: () => separableConv2d(4, 2, { depthMultiplier: 2, strides: 2, useBias: false, pointwiseRegularizer: 'l2' }),
      inputs: [IMAGE],
      output: [2, 2, 4],
    },
  ],
  simpleRNN: [
    { make: () => simpleRNN(3), inputs: [SEQUENCE], output: [3] },
    {
      make: () => simpleRNN(4, { activation: 'softplus', returnSequences: true, dropout: 0.2 }),
      inputs: [SEQUENCE, [4]],
      output: [5, 4],
    },
  ],
  spatialDropout: [{ make: () => spatialDropout(0.3), inputs: [IMAGE], output: IMAGE }],
  stochasticDepth: [{ make: () => stochasticDepth(0.3), inputs: [[6]], output: [6] }],
  subtract: [{ make: () => subtract(), inputs: PAIR, output: [6] }],
  upSampling1d: [{ make: () => upSampling1d(3), inputs: [SEQUENCE], output: [15, 6] }],
  upSampling2d: [
    { make: () => upSampling2d(), inputs: [IMAGE], output: [8, 10, 3] },
    { make: () => upSampling2d([2, 3], { interpolation: 'bilinear' }), inputs: [IMAGE], output: [8, 15, 3] },
  ],
  timeDistributed: [
    { make: () => timeDistributed(dense(3, { activation: 'tanh' })), inputs: [SEQUENCE], output: [5, 3] },
    { make: () => timeDistributed(flatten()), inputs: [IMAGE], output: [4, 15] },
  ],
  weightNoise: [{ make: () => weightNoise(dense(4), 0.1), inputs: [[6]], output: [4] }],
  zeroPadding1d: [{ make: () => zeroPadding1d([2, 1]), inputs: [SEQUENCE], output: [8, 6] }],
  zeroPadding2d: [
    { make: () => zeroPadding2d(), inputs: [IMAGE], output: [6, 7, 3] },
    {
      make: () =>
        zeroPadding2d([
          [0, 1],
          [2, 1],
        ]),
      inputs: [IMAGE],
      output: [5, 8, 3],
    },
  ],
};
