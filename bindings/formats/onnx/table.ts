// What goes to ONNX and what comes back, layer by layer: the source of the table in docs/onnx.md, checked by tests/onnx/table.test.ts.

import type { LayerKind } from '../../layers/index.js';

/**
 * What `importOnnx` makes of the nodes of a layer: the layer itself; other layers that compute the same; either, by its options
 * ('partly': some options can't be read back); nothing, since nothing was written ('absent').
 */
export type WayBack = 'itself' | 'equivalent' | 'partly' | 'no' | 'absent';

export interface OnnxRow {
  /** The nodes that carry the layer, Transpose and what shapes aside; '' where none are needed in inference. */
  nodes: string;
  back: WayBack;
  note?: string;
}

const itself = (nodes: string, note?: string): OnnxRow => ({
  nodes,
  back: 'itself',
  ...(note !== undefined && { note }),
});
const equivalent = (nodes: string, note?: string): OnnxRow => ({ ...itself(nodes, note), back: 'equivalent' });
const partly = (nodes: string, note: string): OnnxRow => ({ nodes, back: 'partly', note });

/** No operator of ONNX is needed: the layer draws in training alone, and in inference leaves things as they are. */
const training: OnnxRow = { nodes: '', back: 'absent', note: 'draws in training alone' };

const RECURRENT_NOTE =
  'with a mask, or activations that ONNX does not have, written a step at a time and not read back';

/** Every kind of layer: one that is missing here does not compile. */
export const ONNX_TABLE: Readonly<Record<LayerKind, OnnxRow>> = {
  activation: itself('its operator', 'gelu, silu and mish as the operators of their formulas; they come back as those'),
  add: itself('Add'),
  alphaDropout: training,
  average: itself('Mean'),
  averagePooling1d: itself('AveragePool'),
  averagePooling2d: itself('AveragePool'),
  batchNormalization: itself('BatchNormalization', 'or none, with foldBatchNormalization'),
  bidirectional: partly('LSTM', RECURRENT_NOTE),
  concat: itself('Concat'),
  conv1d: itself('Conv', 'causal padding comes back as zeroPadding1d'),
  conv1dTranspose: itself('ConvTranspose'),
  conv2d: itself('Conv'),
  conv2dTranspose: itself('ConvTranspose'),
  cropping1d: equivalent('Slice'),
  cropping2d: equivalent('Slice'),
  cutout: training,
  dense: itself('Gemm'),
  depthwiseConv1d: itself('Conv'),
  depthwiseConv2d: itself('Conv'),
  dot: equivalent('MatMul'),
  dropConnect: equivalent('Gemm', 'the layer within'),
  dropout: training,
  embedding: itself('Gather', 'maskZero becomes the masks of the layers behind, and is not read back'),
  flatten: equivalent('Flatten', 'comes back as reshape'),
  gaussianDropout: training,
  gaussianNoise: training,
  globalAveragePooling1d: itself('GlobalAveragePool'),
  globalAveragePooling2d: itself('GlobalAveragePool'),
  globalMaxPooling1d: itself('GlobalMaxPool'),
  globalMaxPooling2d: itself('GlobalMaxPool'),
  groupNormalization: itself('InstanceNormalization', 'opset 17 has no GroupNormalization'),
  gru: partly('GRU', RECURRENT_NOTE),
  layerNormalization: itself('LayerNormalization', 'over axes that are not the last ones: as its formula'),
  lstm: partly('LSTM', RECURRENT_NOTE),
  masking: { nodes: 'Where', back: 'no', note: 'ONNX has no masks: they become nodes, which are not read back' },
  maxPooling1d: itself('MaxPool'),
  maxPooling2d: itself('MaxPool'),
  maximum: itself('Max'),
  minimum: itself('Min'),
  multiHeadAttention: equivalent('MatMul', 'as its formula: projections come back as dense layers'),
  multiply: itself('Mul'),
  permute: itself('Transpose'),
  positionEmbedding: equivalent('Add'),
  positionalEncoding: equivalent('Add'),
  prelu: itself('PRelu'),
  repeatVector: equivalent('Expand'),
  rescaling: equivalent('Mul'),
  reshape: itself('Reshape'),
  residual: equivalent('Add', 'the layers of the branch and the shortcut'),
  saltAndPepper: training,
  separableConv1d: equivalent('Conv', 'comes back as a depthwise and a plain convolution'),
  separableConv2d: equivalent('Conv', 'comes back as a depthwise and a plain convolution'),
  simpleRNN: partly('RNN', RECURRENT_NOTE),
  spatialDropout: training,
  stochasticDepth: training,
  subtract: itself('Sub'),
  timeDistributed: partly('MatMul', 'of a dense layer; others merge time into the batch, which is not read back'),
  upSampling1d: itself('Resize'),
  upSampling2d: itself('Resize'),
  weightNoise: equivalent('Gemm', 'the layer within'),
  zeroPadding1d: equivalent('Pad'),
  zeroPadding2d: equivalent('Pad'),
};
