// The vocabulary of graphs: every primitive with its attributes, and what a rule says about a primitive.
// `bindings/ops` holds one rule for each name; the compiler finds what is missing (`RuleTable`).

import type { ElementwiseOp, FillMode, RecurrentCell, ReduceKind } from '../../assembly/opcodes.js';
import type { InstructionWords } from './encode.js';
import type { Shape } from './shape.js';
import type { Tensor } from './tensor.js';

/**
 * Element types of tensors. uint8 exists only for data that stays in memory as it came, int8 only for kernels of products in
 * inference, which lie as ops/int8.ts lays them out.
 */
export type DType = 'float32' | 'int32' | 'uint8' | 'int8';

export const DTYPE_BYTES: Record<DType, number> = { float32: 4, int32: 4, uint8: 1, int8: 1 };

/** Where a tensor lies that is not in the arena: so many bytes into a named region that the program's owner provides. */
export interface Placement {
  region: string;
  byteOffset: number;
}

export type ElementwiseName = keyof typeof ElementwiseOp;

/** An operation without attributes. */
export type NoAttributes = Readonly<Record<never, never>>;

/** Rows with this class number have neither a loss nor a gradient; it may lie outside the classes. */
export interface IgnoredLabel {
  ignoredLabel?: number;
}

/** Which recurrence, and how it goes through the steps: see RecurrentField. */
export interface RecurrentAttributes {
  cell: keyof typeof RecurrentCell;
  /** Whether a mask [batch, time] is the last input. */
  isMasked: boolean;
  /** From the last step to the first. */
  isReversed: boolean;
  /** The states in the order of the input, though it is read in reverse. */
  isAligned: boolean;
}

/** Attributes of the element-wise functions that have any. Random ones and `broadcastTo` carry their shape. */
export interface ElementwiseAttributes {
  affine: { scale: number; offset: number };
  power: { exponent: number };
  clip: { minimum: number; maximum: number };
  leakyRelu: { slope: number };
  leakyReluGradient: { slope: number };
  elu: { alpha: number };
  eluGradient: { alpha: number };
  dropout: { rate: number; stream: number };
  iota: { shape: Shape };
  randomUniform: { shape: Shape; stream: number };
  randomNormal: { shape: Shape; stream: number };
}

/** A number for the vertical axis and one for the horizontal. */
export type Pair<T = number> = readonly [T, T];

/** How a window moves over an image. */
export interface Windows {
  strides: Pair;
  /** Rows and columns of zeros before and after the image; negative ones take rows away. */
  pads: Pair<Pair>;
}

export interface Convolution extends Windows {
  dilation: Pair;
  groups: number;
}

export interface Pooling extends Windows {
  kind: 'max' | 'average';
  /** Of a window. */
  size: Pair;
}

/** The primitives that are not plain element-wise functions. */
export interface StructuralAttributes {
  /** Something that the program reads but does not compute: an input, a parameter, a state. */
  leaf: { shape: Shape; dtype: DType; placement: Placement };
  /** A scalar known when the graph is traced. */
  constant: { value: number };
  /** A vector known when the graph is traced. */
  table: { values: readonly number[] };
  reshape: { shape: Shape };
  broadcastTo: { shape: Shape };
  transpose: { permutation: readonly number[] };
  concat: { axis: number };
  slice: { begin: readonly number[]; size: readonly number[] };
  /** The gradient of `slice`: its input in a tensor of zeros. */
  padTo: { begin: readonly number[]; shape: Shape };
  /** Neighbouring elements of its input, from `offset` on, in a shape of their own: a view. */
  section: { offset: number; shape: Shape };
  matmul: { transposeA: boolean; transposeB: boolean };
  /** x [batch, height, width, in], kernel [kernelHeight, kernelWidth, in / groups, out]. */
  conv2d: Convolution;
  /** dy, kernel -> the gradient of an x of this height and width; also the transposed convolution. */
  conv2dInputGradient: Convolution & { size: Pair };
  /** x, dy -> the gradient of a kernel of this height and width. */
  conv2dKernelGradient: Convolution & { size: Pair };
  pool2d: Pooling;
  /** dy and, for maxima, x -> the gradient of an x of this height and width. */
  pool2dGradient: Pooling & { imageSize: Pair };
  orthonormalRows: NoAttributes;
  /** All steps of a recurrent layer: the tape. */
  recurrent: RecurrentAttributes;
  /** What the tape says of the states: h, or h and c. */
  recurrentStates: RecurrentAttributes & { hasCell: boolean };
  recurrentGradient: RecurrentAttributes & { hasCell: boolean };
  reduce: { kind: keyof typeof ReduceKind; axes: readonly number[]; keepDims: boolean; scale: number };
  argMax: NoAttributes;
  /** Mean and biased variance over neighbouring axes. */
  moments: { axes: readonly number[] };
  /** moments, x -> the mean or the variance: a view, whose gradient goes to x. */
  moment: { index: 0 | 1; shape: Shape };
  /** dy, x, mean -> the sums of dy and dy (x - mean) over neighbouring axes. */
  momentProducts: { axes: readonly number[] };
  softmax: { isLog: boolean };
  softmaxGradient: { isLog: boolean };
  softmaxCrossEntropy: IgnoredLabel;
  softmaxCrossEntropyGradient: IgnoredLabel;
  gatherRows: NoAttributes;
  scatterAddRows: { rows: number };
  gatherBatch: { rows: number };
  /** Numbers of samples, the epoch -> draws [samples, ...shape] that belong to sample and epoch. */
  sampleRandom: { shape: Shape; stream: number; isNormal: boolean };
  /** Images, maps and maybe displacements -> the images as read at other places. */
  warp: { fillMode: keyof typeof FillMode; fillValue: number };
  // effects: they change memory that outlives the step and have no value
  assign: NoAttributes;
  accumulate: NoAttributes;
  /** Writes a batch's rows among those of all batches. */
  storeBatch: NoAttributes;
  checkFinite: NoAttributes;
  /** Ends the step unless its input, a scalar, is not 0. */
  endStepUnless: NoAttributes;
  /** Shuffles: writes the order of an epoch, its second input, into the first. */
  permutation: { stream: number };
  /** `hasAverage`: an average of the weights and its two shares follow the states. */
  sgdUpdate: { isNesterov: boolean; hasAverage: boolean };
  rmspropUpdate: { isEpsilonInside: boolean; isCentered: boolean; hasMomentum: boolean; hasAverage: boolean };
  adamUpdate: { isAmsgrad: boolean; hasAverage: boolean };
}

/** Attributes of every primitive. */
export type OpAttributes = {
  [P in ElementwiseName]: P extends keyof ElementwiseAttributes ? ElementwiseAttributes[P] : NoAttributes;
} & StructuralAttributes;

export type OpName = keyof OpAttributes;

/** What a rule needs to write instructions. */
export interface LowerContext {
  /** Byte address of a tensor's first element. */
  address(tensor: Tensor): number;
  /** Address of the memory that the unit asked for by `workspaceBytes`. */
  workspace(members: readonly Tensor[]): number;
  /** Address of the RunState. */
  readonly stateAddress: number;
}

/** Arithmetic and traffic of an instruction: what bounds it. */
export interface Cost {
  flops: number;
  bytes: number;
}

/** All that the library knows about a primitive. `members` are the tensors that were fused into one unit, the last its result. */
export interface OpRule<P extends OpName> {
  /** Shape and type of the result; throws ShapeError or DTypeError on inputs that do not fit. */
  infer(inputs: readonly Tensor[], attributes: OpAttributes[P]): { shape: Shape; dtype: DType };
  /** Inputs to read instead of the given ones: what lies behind a stretch that the primitive can do by itself. */
  readThrough?(inputs: readonly Tensor[]): readonly Tensor[];
  /** Gradients of the inputs, given that of the result. `undefined` where there is none. Absent: not differentiable. */
  gradient?(node: Tensor<P>, outputGradient: Tensor): readonly (Tensor | undefined)[];
  /** 'view' has its input's memory, 'source' computes nothing, 'effect' writes memory that outlives the step. */
  readonly kind?: 'view' | 'source' | 'effect';
  /** For effects: after it the rest of the step may not run, so that nothing that lasts may be written sooner than traced. */
  readonly mayEndStep?: boolean;
  /** For views that do not begin where their input does: how many bytes on. */
  readonly viewOffset?: (node: Tensor<P>) => number;
  /** Whether the second input may be an int8 kernel, and the primitive is the faster for it. */
  readonly takesInt8?: (node: Tensor<P>) => boolean;
  /** For effects: which inputs are written. */
  readonly writes?: (node: Tensor<P>) => readonly number[];
  /** Whether a unit that now ends in this primitive can take its only consumer in. */
  absorb?(members: readonly Tensor[], consumer: Tensor): boolean;
  /** Inputs of a unit whose memory the result may take over when they die there. */
  inPlace?(members: readonly Tensor[]): readonly Tensor[];
  /** Bytes that the unit's instructions need for themselves while they run: what one leaves for the next. */
  workspaceBytes?(members: readonly Tensor[]): number;
  /** The unit's instructions. Absent for views and sources. */
  lower?(members: readonly Tensor[], context: LowerContext): InstructionWords[];
  /** Floating-point operations of the node alone. Bytes are counted from the unit's inputs and result. */
  flops?(node: Tensor<P>): number;
}

export type RuleTable = { readonly [P in OpName]: OpRule<P> };
