// Small networks of the usual kinds, with weights that were drawn.

import {
  activation,
  add,
  batchNormalization,
  concat,
  conv2d,
  conv2dTranspose,
  dense,
  depthwiseConv2d,
  dropout,
  embedding,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  input,
  layerNormalization,
  lstm,
  maxPooling2d,
  model,
  multiHeadAttention,
  positionalEncoding,
  sequential,
  separableConv2d,
  tie,
  type Model,
  type Shape,
} from '../../bindings/index.js';
import { withDrawnWeights } from './support.js';

export interface Network {
  make: () => Model;
  inputs: readonly Shape[];
  indices?: number;
}

function transformer(): Model {
  const tokens = input({ shape: [7], dtype: 'int32', name: 'tokens' });
  let x = positionalEncoding()(embedding(11, 8)(tokens));
  for (let block = 0; block < 2; block++) {
    const heard = multiHeadAttention(2, { causal: block === 1 })(layerNormalization()(x));
    x = add()([x, heard]);
    const thought = dense(8)(dense(16, { activation: 'gelu' })(layerNormalization()(x)));
    x = add()([x, thought]);
  }
  return model({ inputs: tokens, outputs: dense(3, { activation: 'softmax' })(globalAveragePooling1d()(x)), seed: 2 });
}

function twoInputs(): Model {
  const picture = input({ shape: [9, 7, 3], name: 'picture' });
  const figures = input({ shape: [5], name: 'figures' });
  const seen = globalAveragePooling2d()(conv2d(4, 3, { strides: 2, activation: 'relu' })(picture));
  const known = dense(4, { activation: 'tanh', name: 'known' })(figures);
  const both = concat()([seen, known]);
  return model({
    inputs: [picture, figures],
    outputs: [dense(2, { name: 'first' })(both), dense(1, { name: 'second', activation: 'sigmoid' })(known)],
    seed: 3,
  });
}

const encoder = () => dense(4, { activation: 'relu', inputShape: [6], name: 'encoder' });

export const NETWORKS: Readonly<Record<string, Network>> = {
  mlp: {
    make: () =>
      sequential([
        dense(9, { activation: 'relu', inputShape: [5] }),
        dropout(0.3),
        dense(4),
        dense(3, { activation: 'softmax' }),
      ]),
    inputs: [[5]],
  },
  cnn: {
    make: () =>
      sequential([
        conv2d(5, 3, { padding: 'same', inputShape: [9, 11, 2] }),
        batchNormalization(),
        activation('relu'),
        maxPooling2d(),
        conv2d(6, [3, 2], { strides: [1, 2], useBias: false }),
        batchNormalization({ scale: false }),
        flatten(),
        dense(8, { useBias: false }),
        batchNormalization({ epsilon: 1e-5 }),
        dense(3),
      ]),
    inputs: [[9, 11, 2]],
  },
  'cnn of other convolutions': {
    make: () =>
      sequential([
        depthwiseConv2d(3, { depthMultiplier: 2, inputShape: [7, 9, 2] }),
        batchNormalization(),
        separableConv2d(3, 2),
        batchNormalization({ center: false }),
        conv2dTranspose(4, 3, { strides: 2 }),
        batchNormalization(),
        globalAveragePooling2d(),
      ]),
    inputs: [[7, 9, 2]],
  },
  lstm: {
    make: () => sequential([lstm(6, { returnSequences: true, inputShape: [8, 3] }), lstm(5), dense(2)]),
    inputs: [[8, 3]],
  },
  transformer: { make: transformer, inputs: [[7]], indices: 11 },
  'two inputs, two outputs': { make: twoInputs, inputs: [[9, 7, 3], [5]] },
  'tied autoencoder': {
    make() {
      const first = encoder();
      return sequential([first, dense(6, { kernelInitializer: tie(first.parameter('kernel'), { transpose: true }) })]);
    },
    inputs: [[6]],
  },
};

export const makeNetwork = (name: string): Model => withDrawnWeights(NETWORKS[name]!.make());
