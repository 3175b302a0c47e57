// The samples of every primitive. A primitive without samples does not compile; effects are tested through what they change
// (tests/ops/effects.test.ts), which `BY_EFFECT` says.

import type { OpName } from '../graph/op.js';
import { conv2dInputGradientSamples, conv2dKernelGradientSamples, conv2dSamples } from './conv2dSamples.js';
import { activationSamples } from './elementwise/activation.js';
import { arithmeticSamples } from './elementwise/arithmetic.js';
import { comparisonSamples } from './elementwise/comparison.js';
import { positionSamples } from './elementwise/position.js';
import { randomSamples } from './elementwise/random.js';
import { gatherBatchSamples, gatherRowsSamples, scatterAddRowsSamples } from './gather.js';
import { conv2dInt8Samples, matmulInt8Samples } from './int8Samples.js';
import {
  broadcastToSamples,
  concatSamples,
  padToSamples,
  reshapeSamples,
  sectionSamples,
  sliceSamples,
  transposeSamples,
} from './layout.js';
import { matmulSamples } from './matmul.js';
import { momentProductsSamples, momentSamples, momentsSamples } from './moments.js';
import { orthonormalRowsSamples } from './orthonormalRows.js';
import { recurrentGradientSamples, recurrentSamples, recurrentStatesSamples } from './recurrentSamples.js';
import { pool2dGradientSamples, pool2dSamples } from './pool2d.js';
import { argMaxSamples, reduceSamples } from './reduce.js';
import type { OpSample } from './sample.js';
import { sampleRandomSamples } from './sampleRandom.js';
import { softmaxGradientSamples, softmaxSamples } from './softmax.js';
import { softmaxCrossEntropyGradientSamples, softmaxCrossEntropySamples } from './softmaxCrossEntropy.js';
import { warpSamples } from './warp.js';

const leaf: OpSample = {
  name: 'read',
  inputs: [{ shape: [5] }],
  build: ([x]) => x!.neg(),
  reference: ([x]) => x!.map((v) => -v),
};
const constant: OpSample = {
  name: 'added',
  inputs: [{ shape: [5] }],
  build: ([x]) => x!.maximum(0.25),
  reference: ([x]) => x!.map((value) => Math.max(value, 0.25)),
};

const table: OpSample = {
  name: 'added to rows',
  inputs: [{ shape: [3, 5] }],
  build: ([x]) => x!.add(x!.graph.table([1, -2, 0.5, 4, 8])).maximum(0.25),
  reference: ([x]) => x!.map((value, i) => Math.max(value + [1, -2, 0.5, 4, 8][i % 5]!, 0.25)),
};

/** Primitives without a value. */
const BY_EFFECT: readonly OpSample[] = [];

export const opSamples = (): { readonly [P in OpName]: readonly OpSample[] } => ({
  ...arithmeticSamples(),
  ...comparisonSamples(),
  ...activationSamples(),
  ...positionSamples(),
  ...randomSamples(),
  leaf: [leaf],
  constant: [constant],
  table: [table],
  reshape: reshapeSamples(),
  broadcastTo: broadcastToSamples(),
  transpose: transposeSamples(),
  concat: concatSamples(),
  slice: sliceSamples(),
  padTo: padToSamples(),
  section: sectionSamples(),
  matmul: [...matmulSamples(), ...matmulInt8Samples()],
  recurrent: recurrentSamples(),
  recurrentGradient: recurrentGradientSamples(),
  recurrentStates: recurrentStatesSamples(),
  conv2d: [...conv2dSamples(), ...conv2dInt8Samples()],
  conv2dInputGradient: conv2dInputGradientSamples(),
  conv2dKernelGradient: conv2dKernelGradientSamples(),
  pool2d: pool2dSamples(),
  pool2dGradient: pool2dGradientSamples(),
  reduce: reduceSamples(),
  orthonormalRows: orthonormalRowsSamples(),
  argMax: argMaxSamples(),
  moments: momentsSamples(),
  moment: momentSamples(),
  momentProducts: momentProductsSamples(),
  softmax: softmaxSamples(),
  softmaxGradient: softmaxGradientSamples(),
  softmaxCrossEntropy: softmaxCrossEntropySamples(),
  softmaxCrossEntropyGradient: softmaxCrossEntropyGradientSamples(),
  gatherRows: gatherRowsSamples(),
  scatterAddRows: scatterAddRowsSamples(),
  gatherBatch: gatherBatchSamples(),
  sampleRandom: sampleRandomSamples(),
  warp: warpSamples(),
  assign: BY_EFFECT,
  accumulate: BY_EFFECT,
  checkFinite: BY_EFFECT,
  endStepUnless: BY_EFFECT,
  permutation: BY_EFFECT,
  storeBatch: BY_EFFECT,
  sgdUpdate: BY_EFFECT,
  rmspropUpdate: BY_EFFECT,
  adamUpdate: BY_EFFECT,
});
