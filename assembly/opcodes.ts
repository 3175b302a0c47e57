// The instruction set: the one contract between the core and the bindings, imported by both sides.
// Plain enums only, because this file is AssemblyScript here and TypeScript there.
//
// A program is a run of 32-bit little-endian words in linear memory:
//
//   | program header (ProgramField) | instruction | instruction | ... |
//   instruction: | InstructionField: opcode, its words, ... | fields of the opcode ... |
//
// A field is an unsigned integer, a byte address ("...Pointer"), or a float32 ("scale", "rate"), as its comment says.
// Counts are in elements unless the name says bytes or words.

/** Digest of the rest of this file: a core and bindings made from different ones must not meet. tests/core/contract.test.ts tells it. */
export const CONTRACT = 571994010;

/** One instruction kind. `assembly/dispatch.ts` finds its kernel; `bindings/ops` emits it. */
export enum Opcode {
  accumulate,
  adamUpdate,
  argMax,
  checkFinite,
  conv2d,
  conv2dKernelGradient,
  copyStrided,
  depthwiseConv2d,
  depthwiseConv2dKernelGradient,
  elementwise,
  endStepUnless,
  fill,
  gatherBatch,
  gatherRows,
  gemm,
  gemmInt8,
  histogram,
  moments,
  orthonormalRows,
  permutation,
  pool2d,
  pool2dGradient,
  quantizeRows,
  recurrent,
  recurrentGradient,
  reduce,
  rmspropUpdate,
  sampleRandom,
  scatterAddRows,
  sgdUpdate,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyGradient,
  softmaxGradient,
  storeBatch,
  warp,
  winogradConv2d,
  winogradKernel,
  winogradKernelGradient,
  winogradKernelSums,
}

/** Words at the start of a program, before its first instruction. */
export enum ProgramField {
  /** Words of the whole program, this header included. */
  words,
  /** Address of the RunState that the program reads and advances. */
  statePointer,
  /** Address of the table of feeds: one row of `feedWords` words for each step of one `run` call. */
  feedSourcePointer,
  /** Address to which a step's row of feeds is copied before its first instruction. */
  feedTargetPointer,
  feedWords,
  end,
}

/** Words of the state that lives across steps. Everything random is a function of (seed, stream, step, index). */
export enum RunStateField {
  /** Steps finished since training began: the step coordinate of every random draw. */
  step,
  /** Batch within the epoch: `gatherBatch` reads the indices from `batch * batchSize`. */
  batch,
  seedLow,
  seedHigh,
  end,
}

/** Words in front of every instruction. */
export enum InstructionField {
  opcode,
  words,
  /** Threads that its work is worth: more would cost more than they save. */
  parts,
  end,
}

/**
 * Words of the block through which threads meet. What different threads write lies in different cache lines. The turn
 * counts the instructions that were shared, times 256, plus among how many threads the last one is.
 */
export enum TeamField {
  turn,
  /** Address of the instruction of this turn. */
  instruction,
  /** Threads but the leader that have done their part of it. */
  finished = 16,
  /** Not 0 once a part halts the program. */
  halted,
  /** Not 0 once a part ends in a trap. */
  trapped,
  /** Threads that sleep until the turn changes. */
  sleeping = 32,
  end = 48,
}

/**
 * Element-wise functions: the micro-operations of an `elementwise` instruction. Operands a, b, c are slots, p0 and p1
 * are parameters (float32 unless said otherwise). True is 1, false is 0.
 */
export enum ElementwiseOp {
  // arithmetic
  /** a + b */
  add,
  /** a - b */
  subtract,
  /** a * b */
  multiply,
  /** a / b */
  divide,
  /** max(a, b), NaN if either is NaN */
  maximum,
  /** min(a, b), NaN if either is NaN */
  minimum,
  /** p0 * a + p1, two roundings */
  affine,
  /** -a */
  negate,
  /** |a| */
  absolute,
  /** a * a */
  square,
  /** sqrt(a) */
  squareRoot,
  /** 1 / a */
  reciprocal,
  /** -1, 0 or 1; 0 for both zeros, NaN for NaN */
  sign,
  /** largest integer at most a */
  floor,
  /** nearest integer, halves to the even one */
  round,
  /** e^a */
  exponential,
  /** ln(a) */
  logarithm,
  /** a ^ p0; p0 is a float32. NaN for a < 0 unless p0 is whole */
  power,
  /** erf(a) */
  erf,
  /** a clamped to [p0, p1]; NaN stays */
  clip,
  // comparison and choice
  /** a == b */
  equal,
  /** a > b */
  greater,
  /** a >= b */
  greaterEqual,
  /** a != 0 ? b : c */
  select,
  /** (a - b) * c */
  normalize,
  /** float32 of the int32 in a */
  fromInteger,
  // activations
  /** max(a, 0); 0 for -0 */
  relu,
  /** a > 0 ? a : p0 * a */
  leakyRelu,
  /** a > 0 ? a : p0 * (e^a - 1) */
  elu,
  /** 1 / (1 + e^-a) */
  sigmoid,
  tanh,
  /** a * Phi(a), by erf */
  gelu,
  /** a/2 * (1 + tanh(sqrt(2/pi) * (a + 0.044715 a^3))) */
  geluTanh,
  /** a * sigmoid(a) */
  silu,
  /** ln(1 + e^a), exact for large |a| */
  softplus,
  // activation derivatives: a is the gradient of the output, b the output y or the input x as said
  /** y > 0 ? a : 0, b = y */
  reluGradient,
  /** y > 0 ? a : p0 * a, b = y (or x) */
  leakyReluGradient,
  /** y > 0 ? a : a * (y + p0), b = y */
  eluGradient,
  /** a * y * (1 - y), b = y */
  sigmoidGradient,
  /** a * (1 - y^2), b = y */
  tanhGradient,
  /** a * (Phi(x) + x phi(x)), b = x */
  geluGradient,
  /** a * d/dx of geluTanh, b = x */
  geluTanhGradient,
  /** a * s * (1 + x (1 - s)), s = sigmoid(x), b = x */
  siluGradient,
  // position
  /** index of the element in row-major order, exact below 2^24 */
  iota,
  // random: p1 is the stream, an unsigned integer; the counter index is the element index of the output
  /** inverted dropout: uniform >= p0 ? a / (1 - p0) : 0 */
  dropout,
  /** uniform in [0, 1), 24 bits */
  randomUniform,
  /** standard normal, by Box-Muller */
  randomNormal,
}

/** Floats in one tile register of an `elementwise` instruction. A multiple of 16. */
export const ELEMENTWISE_TILE = 512;
/** Tile registers of an `elementwise` instruction. */
export const ELEMENTWISE_REGISTERS = 16;

/**
 * A fused chain of element-wise functions over `count` elements, tile by tile, so that what lies between two of them stays
 * in the first-level cache. After the fixed fields come, in this order:
 *   `loads`  x (ElementwiseLoadField + 2 words a dimension): fills a register with a broadcast operand
 *   `slots`  x ElementwiseSlotField: where an operand or result lies
 *   `steps`  x ElementwiseStepField: what is computed
 */
export enum ElementwiseField {
  count = InstructionField.end,
  statePointer,
  loads,
  slots,
  steps,
  end,
}

/** A broadcast operand, walked with strides and written into a tile register. */
export enum ElementwiseLoadField {
  sourcePointer,
  register,
  /** Dimensions that follow, outermost first, each as (size, stride in elements). 0: one scalar for all elements. */
  rank,
  end,
}

/** A tile register (`isRegister` 1, `base` its number) or memory that advances with the tile (`base` an address). */
export enum ElementwiseSlotField {
  base,
  isRegister,
  end,
}

/** One function: output and operands are slot numbers; unused ones are 0. */
export enum ElementwiseStepField {
  op,
  output,
  a,
  b,
  c,
  p0,
  p1,
  end,
}

/** Depth of a summation block of GEMM: part of the numeric contract (see GemmField). */
export const GEMM_DEPTH_BLOCK = 256;
/** Depth up to which what is left is one block: a short last block would cost more than it computes. */
export const GEMM_LAST_BLOCK = 384;
/** Between matrices of a Winograd convolution, so that one place in all of them does not fall on one set of a cache. */
export const WINOGRAD_PAD_BYTES = 64;

/**
 * C[m, n] = activation(A[m, k] B[k, n] + bias[n]), `batch` times. Strides are in elements and may be anything, so that
 * NN, NT and TN are one instruction. C's rows are `cRowStride` apart, its columns adjacent.
 * Each element is summed over k in blocks of GEMM_DEPTH_BLOCK, the last of up to GEMM_LAST_BLOCK: in order within a block from
 * 0, and the block sums in order; then + bias. Every kernel shape and path keeps this order, so they agree to the last bit.
 */
export enum GemmField {
  aPointer = InstructionField.end,
  aRowStride,
  aColumnStride,
  aBatchStride,
  bPointer,
  bRowStride,
  bColumnStride,
  bBatchStride,
  cPointer,
  cRowStride,
  cBatchStride,
  m,
  n,
  k,
  batch,
  /** n floats, or 0 for none. */
  biasPointer,
  /** An ElementwiseOp with one operand + 1, or 0 for none. */
  activation,
  /** float32 parameter of the activation. */
  activationParameter,
  end,
}

/**
 * Products of patches of an image with a kernel, channels last. A row is an output pixel (item, rowY, rowX) of
 * [batch, rowsY, rowsX]; its patch holds, for each tap (j, i) and channel c of the group, in this order,
 *   source[item, rowY rowStepY + tapFirstY + j tapStepY, rowX rowStepX + tapFirstX + i tapStepX, group channels + c]
 * or 0 outside the image; the kernel value for it and a column is
 *   kernel[j kernelTapStrideY + i kernelTapStrideX + c kernelChannelStride + column kernelColumnStride + group kernelGroupStride]
 * and the target's place item targetBatchStride + rowY targetStrideY + rowX targetStrideX + group columns + column.
 *
 * `conv2d`: target = activation(patches kernel + bias). The input gradient is the same with steps of 1 and the taps turned
 * round, one instruction for each remainder of the position by the strides.
 * `conv2dKernelGradient`: kernel = patches^T target, the target being read. Sums run in the order of the patch, or of the rows, in
 * blocks as those of GEMM; what lies outside the image is a term of 0.
 * `depthwiseConv2d...`: the same for groups of one source channel, or of one column (the input gradient). Here the sum over a
 * patch is one block, and what lies outside is left out.
 *
 * Winograd's F(4x4, 3x3), for one group of 3x3 taps with steps of 1; channels and columns are multiples of 4:
 * `winogradKernel`: target = the kernel transformed, 36 matrices [channels, columns] as panels of B, columns rounded up to 8, each
 * followed by WINOGRAD_PAD_BYTES.
 * `winogradConv2d`: as `conv2d`, the kernel being a transformed one.
 * `winogradKernelSums`: kernel = 36 matrices [channels, columns], sums over tiles of transformed patches times transformed
 * gradients, which are read from the target, each matrix followed by as much. `winogradKernelGradient`: kernel = such matrices, at the source, transformed back.
 */
export enum Conv2dField {
  sourcePointer = InstructionField.end,
  kernelPointer,
  targetPointer,
  batch,
  sourceHeight,
  sourceWidth,
  /** Of all groups. */
  sourceChannels,
  rowsY,
  rowsX,
  rowStepY,
  rowStepX,
  tapsY,
  tapsX,
  /** Signed. */
  tapFirstY,
  /** Signed. */
  tapFirstX,
  tapStepY,
  tapStepX,
  groups,
  /** Of the source, in a group. */
  channels,
  /** Of the target, in a group. */
  columns,
  /** In elements, signed: the taps of an input gradient run backwards. */
  kernelTapStrideY,
  /** Signed. */
  kernelTapStrideX,
  kernelChannelStride,
  kernelColumnStride,
  kernelGroupStride,
  targetBatchStride,
  targetStrideY,
  targetStrideX,
  /** A float for each column of each group, or 0 for none. */
  biasPointer,
  /** An ElementwiseOp with one operand + 1, or 0 for none. */
  activation,
  /** float32 parameter of the activation. */
  activationParameter,
  end,
}

/** Columns of a panel of an int8 kernel. */
export const INT8_PANEL_COLUMNS = 8;
/** Steps up to which sums of int8 products are exact in 32 bits and a tile of patches fits the scratch. */
export const INT8_DEPTH_LIMIT = 65536;

/**
 * Images as int16 numbers from -127 to 127 times a scale of each: scale = max|x| / 127, q = round(x (127 / max|x|)), halves to the
 * even one. An image below 2^-100 is 0; the scale of one with a value that is not finite is NaN. Lines of the source follow one
 * another; in the target they may have a border of zeros. Strides of the target are in numbers; behind a last odd one of a line
 * lies one that does not count. The rows of a matrix are images of one line.
 */
export enum QuantizeRowsField {
  sourcePointer = InstructionField.end,
  /** The first number of the first image. */
  targetPointer,
  /** float32, one an image. */
  scalesPointer,
  batch,
  lines,
  lineElements,
  targetLineStride,
  /** A multiple of 8. */
  targetBatchStride,
  /** Numbers of the border before `targetPointer`; 0 if there is no border. */
  borderBefore,
  /** Whether there is a border: then the target is filled with zeros first. */
  hasBorder,
  end,
}

/**
 * target[row, column] = activation(sum (sourceScale[item] kernelScale[column]) + bias[column]), where `sum` is that of products of int16
 * numbers, which `quantizeRows` made, with int8 ones, and exact. A row is an output pixel (item, rowY, rowX) of [batch, rowsY, rowsX];
 * its patch begins at item sourceBatchStride + rowY sourceStrideY + rowX sourceStrideX and is made of runsY x runsX runs of `runPairs` pairs of
 * neighbouring numbers, runStrideY and runStrideX apart. Strides are in numbers. Rows of the target follow one another.
 *
 * The kernel lies in panels of INT8_PANEL_COLUMNS columns: for each pair of steps of the depth, which a last odd step shares with zeros, both
 * values of the first column, then of the second ...; columns that are missing are zeros. The float32 scales of all columns of panels
 * are those of the kernel.
 */
export enum GemmInt8Field {
  sourcePointer = InstructionField.end,
  sourceScalesPointer,
  kernelPointer,
  kernelScalesPointer,
  targetPointer,
  batch,
  rowsY,
  rowsX,
  sourceBatchStride,
  sourceStrideY,
  sourceStrideX,
  runsY,
  runsX,
  runStrideY,
  runStrideX,
  runPairs,
  columns,
  /** A float for each column, or 0 for none. */
  biasPointer,
  /** An ElementwiseOp with one operand + 1, or 0 for none. */
  activation,
  /** float32 parameter of the activation. */
  activationParameter,
  end,
}

/**
 * Windows over images [batch, height, width, channels]: window (item, rowY, rowX) begins at the pixel (rowY strideY - beforeY,
 * rowX strideX - beforeX); what lies outside the image does not count.
 * `pool2d`: target = the largest value of the window, NaN if it has one, or the mean.
 * `pool2dGradient`: target = the gradient of the images, given that of the windows; a maximum's goes to the first of the
 * largest values, or the first NaN.
 */
export enum Pool2dField {
  /** The images; 0 for the gradient of means. */
  sourcePointer = InstructionField.end,
  /** The gradient of the windows; 0 in `pool2d`. */
  gradientPointer,
  targetPointer,
  isMean,
  batch,
  height,
  width,
  channels,
  rowsY,
  rowsX,
  windowY,
  windowX,
  strideY,
  strideX,
  /** Signed. */
  beforeY,
  /** Signed. */
  beforeX,
  end,
}

/** Cells of `recurrent`. Gates and the columns of projection and kernel are in Keras' order. */
export enum RecurrentCell {
  /** h = tanh(p + h' U) */
  simpleRNN,
  /** i, f, o = sigmoid, g = tanh of p + h' U, columns i f g o; c = f c' + i g; h = o tanh(c) */
  lstm,
  /** z, r = sigmoid(p + h' U + b), hh = tanh(p + r (h' U + b)), columns z r hh; h = z h' + (1 - z) hh */
  gru,
  /** z, r = sigmoid(p + h' U), hh = tanh(p + (r h') U); h as in gru */
  gruResetBefore,
}

/**
 * All steps of a recurrent layer. p is the projection [rows, steps, columns], h' and c' the states before a step, U the kernel
 * [units, columns]; columns = gates x units. A step whose mask is 0 leaves the state as it is. The tape holds, each block
 * [rows, steps, units]: h; lstm: c; then for each row and step (units after units)
 *   lstm: i f g o;  gru: z r hh and h' U + b of hh;  gruResetBefore: z r hh and r h'
 * `isReversed` reads the steps last to first; the tape is in the order of reading, or (`isAligned`) in that of the input.
 */
export enum RecurrentField {
  cell = InstructionField.end,
  projectionPointer,
  kernelPointer,
  /** [columns] for gru, else 0. */
  biasPointer,
  /** [rows, units] */
  initialStatePointer,
  /** [rows, units] for lstm, else 0. */
  initialCellPointer,
  /** [rows, steps], or 0. */
  maskPointer,
  tapePointer,
  rows,
  steps,
  units,
  isReversed,
  isAligned,
  end,
}

/**
 * Gradients of `recurrent` given those of h [rows, steps, units] (and behind them, for lstm if `hasCellGradient`, of c).
 * The target holds, the steps in the order of the input:
 *   d projection [rows, steps, columns] | h' [rows, steps, units] | d h0 [rows, units] | by cell:
 *   lstm: d c0 [rows, units];  gru: d (h' U + b) [rows, steps, columns];  gruResetBefore: r h' [rows, steps, units]
 */
export enum RecurrentGradientField {
  cell = InstructionField.end,
  tapePointer,
  /** The kernel transposed: [columns, units]. */
  transposedKernelPointer,
  initialStatePointer,
  initialCellPointer,
  maskPointer,
  outputGradientPointer,
  hasCellGradient,
  targetPointer,
  rows,
  steps,
  units,
  isReversed,
  isAligned,
  end,
}

export enum ReduceKind {
  sum,
  maximum,
  minimum,
  sumOfSquares,
}

/**
 * Reduces the middle axis of [outer, count, inner] to [outer, inner] and multiplies by `scale` (sums only). Sums run in
 * float64. `total` is the number of source elements: with inner 1, the last row may be shorter (a chunked whole-tensor sum).
 */
export enum ReduceField {
  sourcePointer = InstructionField.end,
  targetPointer,
  kind,
  outer,
  count,
  inner,
  total,
  /** float32 */
  scale,
  end,
}

/**
 * Two results over the middle axis of [outer, count, inner], one behind the other, each [outer, inner]: mean and biased
 * variance, or, given a gradient of the source's shape and means, the sums of gradient and of gradient (source - mean).
 */
export enum MomentsField {
  sourcePointer = InstructionField.end,
  /** 0 for mean and variance. */
  gradientPointer,
  /** 0 for mean and variance. */
  meanPointer,
  targetPointer,
  outer,
  count,
  inner,
  end,
}

/**
 * Where the samples of a tree's node are split best by each of `features` features: after the bin with the largest gain,
 *   gain = score(left) + score(right) - nodeScore, score = sum over outputs of G^2 / (H + lambda), 0 for H + lambda <= 0,
 * if both sides have `leastRows` samples and it is above that which is given; the first of equal ones. Sums run in float64: in the order of the rows
 * within a bin, then over the bins. A record is what is summed of a sample, `recordBytes` of float64:
 *   | hessian | 1 | a gradient for each output | 0 if it is needed for a multiple of 16 bytes |
 */
export enum HistogramField {
  /** Records [samples]. */
  recordsPointer = InstructionField.end,
  recordBytes,
  /** uint32 numbers of the samples in the node, up to `rowsEndPointer`. */
  rowsPointer,
  rowsEndPointer,
  /** HistogramFeature [features] */
  featuresPointer,
  features,
  /** float64 lambda, nodeScore, leastRows, and behind them the sum of the node's records. */
  nodePointer,
  /** For each part room for HISTOGRAM_BINS + 1 records. */
  histogramsPointer,
  end,
}

/** Words of what `histogram` is told of a feature, and what it says of it. */
export enum HistogramFeature {
  /** uint8 [samples] */
  binsPointer,
  /** Bytes of the records of all its bins. */
  binBytes,
  /** float64: what a gain must be above, then the largest one if there is such a split. */
  gain,
  /** Written if there is: bytes of the records of the bins that go left. */
  splitBytes = gain + 2,
  end = splitBytes + 2,
}

/** Bins of a feature at most: their numbers fit a byte. */
export const HISTOGRAM_BINS = 256;

/** Index of the first maximum of each row of [rows, columns], as int32. A NaN counts as the maximum. */
export enum ArgMaxField {
  sourcePointer = InstructionField.end,
  targetPointer,
  rows,
  columns,
  end,
}

/**
 * Rows [rows, columns], rows <= columns, made orthonormal in their order: each minus its projections on those before it
 * (Gram-Schmidt, twice, so that they stay at right angles in float32), then divided by its length. Dot products run in float64.
 */
export enum OrthonormalRowsField {
  sourcePointer = InstructionField.end,
  targetPointer,
  rows,
  columns,
  end,
}

/** softmax (or log-softmax) of each row of [rows, columns], with the row's maximum subtracted first. */
export enum SoftmaxField {
  sourcePointer = InstructionField.end,
  targetPointer,
  rows,
  columns,
  isLog,
  end,
}

/** dx from dy and the output y: y (dy - sum(dy y)), or for log-softmax dy - e^y sum(dy). */
export enum SoftmaxGradientField {
  outputPointer = InstructionField.end,
  outputGradientPointer,
  targetPointer,
  rows,
  columns,
  isLog,
  end,
}

/** A class number that no label has. */
export const NO_IGNORED_LABEL = 0x80000000;

/**
 * Cross-entropy of logits, one value a row. Labels are int32 class numbers [rows], or (`isDense`) float32 [rows, columns]:
 * log-sum-exp(x) - x[label], or sum(labels) log-sum-exp(x) - sum(labels x). A row whose class number is `ignoredLabel`
 * gives 0.
 */
export enum SoftmaxCrossEntropyField {
  logitsPointer = InstructionField.end,
  labelsPointer,
  targetPointer,
  rows,
  columns,
  isDense,
  /** NO_IGNORED_LABEL for none. */
  ignoredLabel,
  end,
}

/** d logits = g (softmax(x) - onehot(label)), or g (sum(labels) softmax(x) - labels), or 0 for `ignoredLabel`; g is one value a row. */
export enum SoftmaxCrossEntropyGradientField {
  logitsPointer = InstructionField.end,
  labelsPointer,
  rowGradientPointer,
  /** 1, or 0 if one gradient is that of all rows. */
  rowGradientStride,
  targetPointer,
  rows,
  columns,
  isDense,
  /** NO_IGNORED_LABEL for none. */
  ignoredLabel,
  end,
}

/** Element types of data that stays in linear memory. */
export enum DataType {
  float32,
  int32,
  uint8,
}

/**
 * target[r] = source[indices[batch * rows + r]] for the batch named by the RunState; rows of `rowElements` elements.
 * uint8 becomes float32 in the target; float32 and int32 are moved as they are. With `indicesPointer` 0 the rows are
 * taken in order.
 */
export enum GatherBatchField {
  sourcePointer = InstructionField.end,
  indicesPointer,
  targetPointer,
  statePointer,
  rows,
  rowElements,
  /** DataType of the source. */
  dataType,
  end,
}

/** target[batch * rows + r] = source[r] for the batch named by the RunState: the rows of a whole pass, side by side. */
export enum StoreBatchField {
  sourcePointer = InstructionField.end,
  targetPointer,
  statePointer,
  rows,
  rowElements,
  end,
}

/**
 * target[r] = source[indices[r]], rows of `rowElements` 4-byte elements. Halts the run, with nothing written, if an index is
 * not in 0 .. sourceRows - 1.
 */
export enum GatherRowsField {
  sourcePointer = InstructionField.end,
  indicesPointer,
  targetPointer,
  rows,
  sourceRows,
  rowElements,
  end,
}

/** target[0..targetRows) = 0, then target[indices[r]] += source[r] in order of r. Halts as `gatherRows` does. */
export enum ScatterAddRowsField {
  sourcePointer = InstructionField.end,
  indicesPointer,
  targetPointer,
  rows,
  targetRows,
  rowElements,
  end,
}

/**
 * Moves 4-byte elements between strided layouts; then `rank` x (size, source stride, target stride), outermost first,
 * strides in elements. Serves transpose, concatenation, slice and broadcast.
 */
export enum CopyStridedField {
  sourcePointer = InstructionField.end,
  targetPointer,
  rank,
  end,
}

/** target[0..count) = one 32-bit word. */
export enum FillField {
  targetPointer = InstructionField.end,
  count,
  /** The word, float32 or int32 as the target is. */
  value,
  end,
}

/** A permutation of 0..count-1 as int32: Fisher-Yates with Philox draws of (seed, stream, `coordinate`). */
export enum PermutationField {
  targetPointer = InstructionField.end,
  count,
  statePointer,
  stream,
  /** What takes the place of the step: an unsigned integer, the epoch. */
  coordinatePointer,
  end,
}

/**
 * target[r, i] = draw i of a stream for sample `samples[r]` at `stepPointer`: the same in whatever batch and row it stands.
 * Uniform in [0, 1), or standard normal with `isNormal`, as the element-wise functions of these names.
 */
export enum SampleRandomField {
  /** int32 numbers of the samples. */
  samplesPointer = InstructionField.end,
  /** What takes the place of the step: an unsigned integer, the epoch. */
  stepPointer,
  targetPointer,
  statePointer,
  rows,
  rowElements,
  stream,
  isNormal,
  end,
}

/** What lies outside an image. */
export enum FillMode {
  /** One value everywhere. */
  constant,
  /** a a a | a b c d | d d d */
  nearest,
  /** c b a | a b c d | d c b */
  reflect,
  /** b c d | a b c d | a b c */
  wrap,
}

/**
 * target[item, y, x] = the source at (m0 y + m1 x + m2 + dy, m3 y + m4 x + m5 + dx), in pixels, where m is `maps[item]` and
 * (dy, dx) the displacement there: bilinear between the centres of pixels, (0, 0) being the first. Channels last.
 */
export enum WarpField {
  sourcePointer = InstructionField.end,
  /** [batch, 6] */
  mapsPointer,
  /** [batch, 2, height, width], or 0 for none. */
  displacementPointer,
  targetPointer,
  batch,
  height,
  width,
  channels,
  /** A FillMode. */
  fillMode,
  /** float32, for `constant`. */
  fillValue,
  end,
}

/** float64 accumulator[i] += float32 value[i]. */
export enum AccumulateField {
  valuePointer = InstructionField.end,
  accumulatorPointer,
  count,
  end,
}

/** Halts the run before anything after it happens if one of `count` values is NaN or infinite. */
export enum CheckFiniteField {
  valuePointer = InstructionField.end,
  count,
  end,
}

/** Ends the step, which counts as done, before anything after it happens if the float32 flag is 0. */
export enum EndStepUnlessField {
  flagPointer = InstructionField.end,
  end,
}

/** The fields of every update; those of each follow. */
export enum UpdateField {
  weightsPointer = InstructionField.end,
  gradientsPointer,
  hyperPointer,
  /** One float32 (the clipping factor), or 0 for 1. */
  gradientScalePointer,
  count,
  /** A moving average of the weights, or 0 for none. */
  averagePointer,
  /** Two floats: average = first * average + second * w, once w is moved. */
  averageSharesPointer,
  end,
}

/** Hyper-parameters of `sgdUpdate`, float32 in this order at `hyperPointer`. */
export enum SgdHyper {
  learningRate,
  momentum,
  /** What the gradient is multiplied by on its way into the velocity: 1, or 1 - momentum in the averaging form. */
  gradientWeight,
  /** Coupled decay: gradient += weightDecay * w. */
  weightDecay,
  end,
}

/**
 * g = gradientScale * gradient + weightDecay * w;
 * plain (velocityPointer 0): w -= learningRate g;
 * momentum: v = momentum v + gradientWeight g, w -= learningRate v; Nesterov: w -= learningRate (g + momentum v).
 */
export enum SgdUpdateField {
  /** 0 for plain. */
  velocityPointer = UpdateField.end,
  isNesterov,
  end,
}

/** Hyper-parameters of `rmspropUpdate`. */
export enum RmspropHyper {
  learningRate,
  rho,
  /** 1 - rho, rounded once. */
  oneMinusRho,
  epsilon,
  momentum,
  weightDecay,
  end,
}

/**
 * s = rho s + (1-rho) g^2; centred: a = rho a + (1-rho) g, d = max(s - a^2, 0), else d = s;
 * u = g / (sqrt(d) + epsilon), or g / sqrt(d + epsilon) with `isEpsilonInside`;
 * with momentum: b = momentum b + u, w -= learningRate b; else w -= learningRate u.
 */
export enum RmspropUpdateField {
  meanSquarePointer = UpdateField.end,
  /** 0 unless centred. */
  meanPointer,
  /** 0 without momentum. */
  momentumPointer,
  isEpsilonInside,
  end,
}

/** Hyper-parameters of `adamUpdate`. */
export enum AdamHyper {
  /** learning rate / (1 - beta1^t) */
  stepSize,
  beta1,
  oneMinusBeta1,
  beta2,
  oneMinusBeta2,
  /** 1 / sqrt(1 - beta2^t) */
  secondMomentScale,
  epsilon,
  /** Coupled: g += weightDecay w. */
  weightDecay,
  /** Decoupled (AdamW): w *= this before the update; 1 - learning rate * decay. */
  shrink,
  end,
}

/**
 * w *= shrink; m = beta1 m + (1-beta1) g; v = beta2 v + (1-beta2) g^2;
 * w -= stepSize m / (sqrt(v) secondMomentScale + epsilon). With `maximumPointer` (AMSGrad) v is replaced by its maximum so far.
 */
export enum AdamUpdateField {
  firstMomentPointer = UpdateField.end,
  secondMomentPointer,
  maximumPointer,
  end,
}
