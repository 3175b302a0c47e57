// One small case, or more, of every kind of layer: what the contract suite builds, trains and makes again.

import {
  activation,
  add,
  alphaDropout,
  average,
  batchNormalization,
  bidirectional,
  concat,
  cutout,
  dense,
  dot,
  dropConnect,
  dropout,
  embedding,
  flatten,
  gaussianDropout,
  gaussianNoise,
  groupNormalization,
  gru,
  layerNormalization,
  lstm,
  masking,
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
  simpleRNN,
  spatialDropout,
  stochasticDepth,
  subtract,
  timeDistributed,
  weightNoise,
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
  /** False where noise replaces values, so that the loss jumps with the weights. */
  isSmooth?: boolean;
}

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
    },
  ],
  concat: [
    { make: () => concat(), inputs: [[6], [3]], output: [9] },
    { make: () => concat({ axis: 1 }), inputs: [SEQUENCE, [2, 6]], output: [7, 6] },
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
  lstm: [
    { make: () => lstm(3), inputs: [SEQUENCE], output: [3] },
    {
      make: () => lstm(4, { returnSequences: true, returnState: true, dropout: 0.2 }),
      inputs: [SEQUENCE, [4], [4]],
      output: [5, 4],
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
  timeDistributed: [
    { make: () => timeDistributed(dense(3, { activation: 'tanh' })), inputs: [SEQUENCE], output: [5, 3] },
    { make: () => timeDistributed(flatten()), inputs: [IMAGE], output: [4, 15] },
  ],
  weightNoise: [{ make: () => weightNoise(dense(4), 0.1), inputs: [[6]], output: [4] }],
};
