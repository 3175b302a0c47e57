// The table of primitives. A name in graph/op.ts without a rule here, or a rule without a name, does not compile.

import type { RuleTable } from '../graph/op.js';
import { conv2dInputGradientRule, conv2dKernelGradientRule, conv2dRule } from './conv2d.js';
import {
  accumulateRule,
  assignRule,
  checkFiniteRule,
  endStepUnlessRule,
  permutationRule,
  storeBatchRule,
} from './effects.js';
import { activationRules } from './elementwise/activation.js';
import { arithmeticRules } from './elementwise/arithmetic.js';
import { comparisonRules } from './elementwise/comparison.js';
import { positionRules } from './elementwise/position.js';
import { randomRules } from './elementwise/random.js';
import { gatherBatchRule, gatherRowsRule, scatterAddRowsRule } from './gather.js';
import {
  broadcastToRule,
  concatRule,
  padToRule,
  reshapeRule,
  sectionRule,
  sliceRule,
  transposeRule,
} from './layout.js';
import { matmulRule } from './matmul.js';
import { momentProductsRule, momentRule, momentsRule } from './moments.js';
import { orthonormalRowsRule } from './orthonormalRows.js';
import { recurrentGradientRule, recurrentRule, recurrentStatesRule } from './recurrent.js';
import { pool2dGradientRule, pool2dRule } from './pool2d.js';
import { argMaxRule, reduceRule } from './reduce.js';
import { sampleRandomRule } from './sampleRandom.js';
import { softmaxGradientRule, softmaxRule } from './softmax.js';
import { softmaxCrossEntropyGradientRule, softmaxCrossEntropyRule } from './softmaxCrossEntropy.js';
import { constantRule, leafRule, tableRule } from './source.js';
import { adamUpdateRule, rmspropUpdateRule, sgdUpdateRule } from './updates.js';
import { warpRule } from './warp.js';

export const opRules: RuleTable = {
  ...arithmeticRules,
  ...comparisonRules,
  ...activationRules,
  ...positionRules,
  ...randomRules,
  leaf: leafRule,
  constant: constantRule,
  table: tableRule,
  reshape: reshapeRule,
  broadcastTo: broadcastToRule,
  transpose: transposeRule,
  concat: concatRule,
  slice: sliceRule,
  padTo: padToRule,
  section: sectionRule,
  matmul: matmulRule,
  conv2d: conv2dRule,
  conv2dInputGradient: conv2dInputGradientRule,
  conv2dKernelGradient: conv2dKernelGradientRule,
  pool2d: pool2dRule,
  pool2dGradient: pool2dGradientRule,
  orthonormalRows: orthonormalRowsRule,
  recurrent: recurrentRule,
  recurrentGradient: recurrentGradientRule,
  recurrentStates: recurrentStatesRule,
  reduce: reduceRule,
  argMax: argMaxRule,
  moments: momentsRule,
  moment: momentRule,
  momentProducts: momentProductsRule,
  softmax: softmaxRule,
  softmaxGradient: softmaxGradientRule,
  softmaxCrossEntropy: softmaxCrossEntropyRule,
  softmaxCrossEntropyGradient: softmaxCrossEntropyGradientRule,
  gatherRows: gatherRowsRule,
  scatterAddRows: scatterAddRowsRule,
  gatherBatch: gatherBatchRule,
  sampleRandom: sampleRandomRule,
  warp: warpRule,
  assign: assignRule,
  accumulate: accumulateRule,
  checkFinite: checkFiniteRule,
  endStepUnless: endStepUnlessRule,
  permutation: permutationRule,
  storeBatch: storeBatchRule,
  sgdUpdate: sgdUpdateRule,
  rmspropUpdate: rmspropUpdateRule,
  adamUpdate: adamUpdateRule,
};
