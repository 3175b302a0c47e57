// A symbolic tensor: one node of a graph, with the operators that users compose layers, losses and metrics of.
// Operators add nodes; nothing is computed until the graph is lowered to a program.

import { ShapeError } from '../runtime/errors.js';
import type { Graph } from './graph.js';
import type { DType, OpAttributes, OpName } from './op.js';
import { broadcastShapes, formatShape, normalizeAxes, sameShape, sizeOf, type Shape } from './shape.js';
import {
  resolveConvolution,
  resolvePooling,
  resolveTransposed,
  type Conv2dOptions,
  type Conv2dTransposeOptions,
  type ImageSize,
  type Pool2dOptions,
} from './windows.js';

/** A number stands for a scalar constant. */
export type Operand = Tensor | number;

export interface ReduceOptions {
  /** Axes to reduce, negative ones from the end; all by default. */
  axis?: number | readonly number[];
  /** Keep the reduced axes with size 1. */
  keepDims?: boolean;
}

export interface MatmulOptions {
  /** Read the last two axes of the left operand transposed. */
  transposeA?: boolean;
  /** Read the last two axes of the right operand transposed. */
  transposeB?: boolean;
}

export class Tensor<P extends OpName = OpName> {
  constructor(
    readonly graph: Graph,
    /** Position in the graph: inputs have smaller ids. */
    readonly id: number,
    readonly op: P,
    readonly inputs: readonly Tensor[],
    readonly attributes: OpAttributes[P],
    readonly shape: Shape,
    readonly dtype: DType,
    /** Path of the layer or part that made it, such as `dense_1`. */
    readonly scope: string,
  ) {}

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  get rank(): number {
    return this.shape.length;
  }

  /** How errors and listings name it: `dense_1/matmul [64, 10]`. */
  describe(): string {
    return `${this.scope ? `${this.scope}/` : ''}${this.op} ${formatShape(this.shape)}`;
  }

  // Arithmetic: element by element, shapes broadcast as in NumPy.

  add(other: Operand): Tensor {
    return this.withOperand('add', other, (value) => this.affine(1, value));
  }

  sub(other: Operand): Tensor {
    return this.withOperand('subtract', other, (value) => this.affine(1, -value));
  }

  mul(other: Operand): Tensor {
    return this.withOperand('multiply', other, (value) => this.affine(value, 0));
  }

  div(other: Operand): Tensor {
    return this.withOperand('divide', other, (value) => this.affine(1 / value, 0));
  }

  maximum(other: Operand): Tensor {
    return this.graph.emit('maximum', [this, this.graph.tensor(other)], {});
  }

  minimum(other: Operand): Tensor {
    return this.graph.emit('minimum', [this, this.graph.tensor(other)], {});
  }

  /** scale * x + offset, one pass. */
  affine(scale: number, offset: number): Tensor {
    if (scale === 1 && offset === 0) return this;
    if (this.op === 'constant') {
      const { value } = this.attributes as OpAttributes['constant'];
      return this.graph.constant(scale * value + offset);
    }
    return this.graph.emit('affine', [this], { scale, offset });
  }

  neg(): Tensor {
    return this.unary('negate');
  }

  abs(): Tensor {
    return this.unary('absolute');
  }

  square(): Tensor {
    return this.unary('square');
  }

  sqrt(): Tensor {
    return this.unary('squareRoot');
  }

  reciprocal(): Tensor {
    return this.unary('reciprocal');
  }

  sign(): Tensor {
    return this.unary('sign');
  }

  floor(): Tensor {
    return this.unary('floor');
  }

  /** Nearest integer, halves to the even one. */
  round(): Tensor {
    return this.unary('round');
  }

  exp(): Tensor {
    return this.unary('exponential');
  }

  /** Natural logarithm. */
  log(): Tensor {
    return this.unary('logarithm');
  }

  erf(): Tensor {
    return this.unary('erf');
  }

  /** x to a constant power. For x < 0 the power must be whole, else the result is NaN. */
  pow(exponent: number): Tensor {
    if (exponent === 1) return this;
    if (exponent === 2) return this.square();
    if (exponent === 0.5) return this.sqrt();
    if (exponent === -1) return this.reciprocal();
    return this.graph.emit('power', [this], { exponent });
  }

  clip(minimum: number, maximum: number): Tensor {
    return this.graph.emit('clip', [this], { minimum, maximum });
  }

  // Comparison: 1 where true, 0 where false. No gradient.

  equal(other: Operand): Tensor {
    return this.graph.emit('equal', [this, this.graph.tensor(other)], {});
  }

  greater(other: Operand): Tensor {
    return this.graph.emit('greater', [this, this.graph.tensor(other)], {});
  }

  greaterEqual(other: Operand): Tensor {
    return this.graph.emit('greaterEqual', [this, this.graph.tensor(other)], {});
  }

  less(other: Operand): Tensor {
    return this.graph.tensor(other).greater(this);
  }

  lessEqual(other: Operand): Tensor {
    return this.graph.tensor(other).greaterEqual(this);
  }

  /** `this != 0 ? whenTrue : whenFalse`, element by element. */
  where(whenTrue: Operand, whenFalse: Operand): Tensor {
    return this.graph.emit('select', [this, this.graph.tensor(whenTrue), this.graph.tensor(whenFalse)], {});
  }

  /** The float32 form of an int32 tensor; a float32 tensor as it is. */
  toFloat(): Tensor {
    return this.dtype === 'int32' ? this.graph.emit('fromInteger', [this], {}) : this;
  }

  // Activations.

  relu(): Tensor {
    return this.unary('relu');
  }

  leakyRelu(slope = 0.2): Tensor {
    return this.graph.emit('leakyRelu', [this], { slope });
  }

  elu(alpha = 1): Tensor {
    return this.graph.emit('elu', [this], { alpha });
  }

  sigmoid(): Tensor {
    return this.unary('sigmoid');
  }

  tanh(): Tensor {
    return this.unary('tanh');
  }

  /** x Phi(x) by erf, or its tanh approximation. */
  gelu(options: { approximate?: boolean } = {}): Tensor {
    return this.unary(options.approximate ? 'geluTanh' : 'gelu');
  }

  silu(): Tensor {
    return this.unary('silu');
  }

  softplus(): Tensor {
    return this.unary('softplus');
  }

  /** Along the last axis. */
  softmax(): Tensor {
    return this.graph.emit('softmax', [this], { isLog: false });
  }

  /** Along the last axis. */
  logSoftmax(): Tensor {
    return this.graph.emit('softmax', [this], { isLog: true });
  }

  // Reductions.

  sum(options: ReduceOptions = {}): Tensor {
    return this.reduce('sum', options, 1);
  }

  mean(options: ReduceOptions = {}): Tensor {
    const axes = normalizeAxes(`${this.describe()}.mean`, options.axis, this.rank);
    const count = axes.reduce((product, axis) => product * this.shape[axis]!, 1);
    return this.reduce('sum', options, 1 / count);
  }

  max(options: ReduceOptions = {}): Tensor {
    return this.reduce('maximum', options, 1);
  }

  min(options: ReduceOptions = {}): Tensor {
    return this.reduce('minimum', options, 1);
  }

  sumOfSquares(options: ReduceOptions = {}): Tensor {
    return this.reduce('sumOfSquares', options, 1);
  }

  /** Mean and biased variance; the reduced axes are kept with size 1 unless said otherwise. */
  moments(options: ReduceOptions = {}): { mean: Tensor; variance: Tensor } {
    const { keepDims = true } = options;
    const axes = normalizeAxes(`${this.describe()}.moments`, options.axis, this.rank);
    if (axes.some((axis, i) => i > 0 && axis !== axes[i - 1]! + 1)) {
      const count = axes.reduce((product, axis) => product * this.shape[axis]!, 1);
      const centered = this.sub(this.mean({ axis: axes, keepDims: true }));
      const variance = centered.sumOfSquares({ axis: axes, keepDims }).mul(1 / count);
      return { mean: this.mean({ axis: axes, keepDims }), variance };
    }
    const pair = this.graph.emit('moments', [this], { axes });
    const shape = pair.shape.slice(1).filter((_, axis) => keepDims || !axes.includes(axis));
    const moment = (index: 0 | 1) => this.graph.emit('moment', [pair, this], { index, shape });
    return { mean: moment(0), variance: moment(1) };
  }

  /** `(this - mean) gain`, for moments of this tensor: their gradients then take one pass. */
  normalize(mean: Tensor, gain: Tensor): Tensor {
    return this.graph.emit('normalize', [this, mean, gain], {});
  }

  /** Index of the first maximum along the last axis, int32. */
  argMax(): Tensor {
    return this.graph.emit('argMax', [this], {});
  }

  // Linear algebra and layout.

  /** Matrix product of the last two axes; leading axes broadcast. */
  matmul(other: Tensor, options: MatmulOptions = {}): Tensor {
    const { transposeA = false, transposeB = false } = options;
    return this.graph.emit('matmul', [this.asBatchOf(other), other.asBatchOf(this)], { transposeA, transposeB });
  }

  /**
   * Convolution of images [batch, height, width, channels] with a kernel [rows, columns, channels / groups, filters]. One that
   * looks at single pixels is a matrix product.
   *
   * @example x.conv2d(kernel, { strides: 2, padding: 'same' })
   */
  conv2d(kernel: Tensor, options: Conv2dOptions = {}): Tensor {
    const geometry = resolveConvolution(`${this.describe()}.conv2d`, this.shape, kernel.shape, options);
    const { strides, pads, groups } = geometry;
    const isPixel = kernel.rank === 4 && kernel.shape[0] === 1 && kernel.shape[1] === 1 && groups === 1;
    const isPlain = strides.every((stride) => stride === 1) && pads.flat().every((side) => side === 0);
    if (isPixel && isPlain && this.rank === 4) return this.matmul(kernel.reshape(kernel.shape.slice(2)));
    return this.graph.emit('conv2d', [this, kernel], geometry);
  }

  /**
   * The input gradient of a convolution as an operation that enlarges; kernel [rows, columns, filters / groups, channels], as in
   * Keras, where `filters` are the channels of the result.
   *
   * @example x.conv2dTranspose(kernel, { strides: 2, padding: 'same' })
   */
  conv2dTranspose(kernel: Tensor, options: Conv2dTransposeOptions = {}): Tensor {
    const geometry = resolveTransposed(`${this.describe()}.conv2dTranspose`, this.shape, kernel.shape, options);
    return this.graph.emit('conv2dInputGradient', [this, kernel], geometry);
  }

  /** The largest value of each window over images, for each channel. @example x.maxPool2d(2) */
  maxPool2d(size: ImageSize, options: Pool2dOptions = {}): Tensor {
    const windows = resolvePooling(`${this.describe()}.maxPool2d`, this.shape, size, options);
    return this.graph.emit('pool2d', [this], { kind: 'max', ...windows });
  }

  /** The mean of each window over images, for each channel; padding does not count. @example x.avgPool2d([2, 3]) */
  avgPool2d(size: ImageSize, options: Pool2dOptions = {}): Tensor {
    const windows = resolvePooling(`${this.describe()}.avgPool2d`, this.shape, size, options);
    return this.graph.emit('pool2d', [this], { kind: 'average', ...windows });
  }

  /** The same elements in another shape; one side may be -1. */
  reshape(shape: Shape): Tensor {
    const known = shape.reduce((product, side) => (side === -1 ? product : product * side), 1);
    const resolved = shape.map((side) => (side === -1 ? this.size / known : side));
    if (sizeOf(resolved) !== this.size || resolved.some((side) => !Number.isInteger(side))) {
      throw new ShapeError(
        `${this.describe()}: cannot reshape ${this.size} elements to ${formatShape(shape)}. ` +
          'The number of elements must stay the same.',
      );
    }
    // A value stretched over all elements is the same in any shape: nothing need be written.
    const repeated = repeatedValue(this);
    if (repeated) return repeated.reshape([]).broadcastTo(resolved);
    return this.graph.emit('reshape', [this], { shape: resolved });
  }

  broadcastTo(shape: Shape): Tensor {
    if (sameShape(shape, this.shape)) return this;
    return this.graph.emit('broadcastTo', [this], { shape });
  }

  /** Reorders axes; reverses them without an argument. */
  transpose(permutation?: readonly number[]): Tensor {
    const order = permutation ?? this.shape.map((_, i) => this.rank - 1 - i);
    return this.graph.emit('transpose', [this], { permutation: order });
  }

  concat(others: readonly Tensor[], axis = -1): Tensor {
    const [normalized] = normalizeAxes(`${this.describe()}.concat`, axis, this.rank);
    return this.graph.emit('concat', [this, ...others], { axis: normalized! });
  }

  slice(begin: readonly number[], size: readonly number[]): Tensor {
    return this.graph.emit('slice', [this], { begin, size });
  }

  /** Rows of this table at the given int32 indices: shape [...indices.shape, ...this.shape.slice(1)]. */
  gather(indices: Tensor): Tensor {
    return this.graph.emit('gatherRows', [this, indices], {});
  }

  // Randomness.

  /** Inverted dropout: zero with probability `rate`, else x / (1 - rate). */
  dropout(rate: number): Tensor {
    return this.graph.emit('dropout', [this], { rate, stream: this.graph.nextStream() });
  }

  /** The kernel steps through a batch with one stride: leading axes of its own that stretch only in part are copied. */
  private asBatchOf(other: Tensor): Tensor {
    const own = this.shape.slice(0, -2);
    const batch = broadcastShapes(`${this.describe()}.matmul`, own, other.shape.slice(0, -2));
    const isPlain = sizeOf(own) === 1 || sizeOf(own) === sizeOf(batch);
    return isPlain ? this : this.broadcastTo([...batch, ...this.shape.slice(-2)]);
  }

  private unary(op: UnaryName): Tensor {
    return this.graph.emit(op, [this], {});
  }

  /** One `reduce` for each run of neighbouring axes, the last axes first. */
  private reduce(kind: ReduceName, options: ReduceOptions, scale: number): Tensor {
    const axes = normalizeAxes(`${this.describe()}.${kind}`, options.axis, this.rank);
    const { keepDims = false } = options;
    const start = axes.findLastIndex((axis, i) => i === 0 || axes[i - 1] !== axis - 1);
    if (start <= 0) return this.graph.emit('reduce', [this], { kind, axes, keepDims, scale });
    const inner = this.graph.emit('reduce', [this], { kind, axes: axes.slice(start), keepDims, scale });
    return inner.reduce(kind === 'sumOfSquares' ? 'sum' : kind, { axis: axes.slice(0, start), keepDims }, 1);
  }

  /** Constants become parameters of one `affine` instead of operands. */
  private withOperand(op: BinaryName, other: Operand, byConstant: (value: number) => Tensor): Tensor {
    if (typeof other === 'number') return byConstant(other);
    if (other.op === 'constant') return byConstant((other.attributes as OpAttributes['constant']).value);
    return this.graph.emit(op, [this, other], {});
  }
}

/** The one value that a tensor repeats, if it is nothing else. */
export function repeatedValue({ op, inputs }: Tensor): Tensor | undefined {
  return op === 'broadcastTo' && inputs[0]!.size === 1 ? inputs[0] : undefined;
}

type ReduceName = OpAttributes['reduce']['kind'];
type BinaryName = 'add' | 'subtract' | 'multiply' | 'divide';
type UnaryName =
  | 'negate'
  | 'absolute'
  | 'square'
  | 'squareRoot'
  | 'reciprocal'
  | 'sign'
  | 'floor'
  | 'round'
  | 'exponential'
  | 'logarithm'
  | 'erf'
  | 'relu'
  | 'sigmoid'
  | 'tanh'
  | 'gelu'
  | 'geluTanh'
  | 'silu'
  | 'softplus';
