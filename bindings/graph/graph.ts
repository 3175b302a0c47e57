// A graph under construction: tensors in the order in which they were traced, and where its lasting results go.

import { DTypeError, ShapeError, StateError } from '../runtime/errors.js';
import type { DType, OpAttributes, OpName, OpRule, Placement, RuleTable } from './op.js';
import type { Shape } from './shape.js';
import { Tensor, type Operand } from './tensor.js';

/** A result that must be found in a region after the run. */
export interface Output {
  tensor: Tensor;
  placement: Placement;
}

/** The tensor whose memory a tensor has: itself, or what a chain of views looks at. */
export function storageOf(tensor: Tensor): Tensor {
  let storage = tensor;
  while (storage.graph.rule(storage.op).kind === 'view') storage = storage.inputs[0]!;
  return storage;
}

/** Bytes from the start of the storage of a tensor to its first element. */
export function storageOffset(tensor: Tensor): number {
  let bytes = 0;
  for (let view = tensor, rule = view.graph.rule(view.op); rule.kind === 'view'; rule = view.graph.rule(view.op)) {
    bytes += rule.viewOffset?.(view) ?? 0;
    view = view.inputs[0]!;
  }
  return bytes;
}

export class Graph {
  readonly tensors: Tensor[] = [];
  readonly outputs: Output[] = [];
  private readonly scopes: string[] = [];
  private streams: number;

  /**
   * @param rules The primitives (`opRules` of bindings/ops).
   * @param firstStream Number of the first random stream: graphs that must draw independently start at different ones.
   */
  constructor(
    readonly rules: RuleTable,
    firstStream = 0,
  ) {
    this.streams = firstStream;
  }

  /** Adds a node. Operators call it; use them instead where there is one. */
  emit<P extends OpName>(op: P, inputs: readonly Tensor[], attributes: OpAttributes[P]): Tensor<P> {
    for (const input of inputs) {
      if (input.graph !== this) {
        throw new StateError(
          `${input.describe()} belongs to another trace than ${this.scope || 'this one'}. ` +
            'Do not keep tensors between calls of a layer or loss.',
        );
      }
    }
    const rule = this.rule(op);
    const read = rule.readThrough?.(inputs) ?? inputs;
    const { shape, dtype } = rule.infer(read, attributes);
    const tensor = new Tensor(this, this.tensors.length, op, read, attributes, shape, dtype, this.scope);
    this.tensors.push(tensor);
    return tensor;
  }

  /** The rule of an operation. */
  rule<P extends OpName>(op: P): OpRule<P> {
    return this.rules[op];
  }

  /** A tensor that the program reads from a region. */
  leaf(shape: Shape, dtype: DType, placement: Placement): Tensor {
    return this.emit('leaf', [], { shape, dtype, placement });
  }

  constant(value: number): Tensor {
    return this.emit('constant', [], { value });
  }

  /** A vector of constants, shape [values.length], that lies with the program. */
  table(values: readonly number[]): Tensor {
    return this.emit('table', [], { values });
  }

  /** The tensor itself, or a scalar constant. */
  tensor(operand: Operand): Tensor {
    return typeof operand === 'number' ? this.constant(operand) : operand;
  }

  /** 0, 1, 2 ... in row-major order, float32: exact below 2^24 elements. */
  iota(shape: Shape): Tensor {
    return this.emit('iota', [], { shape });
  }

  /** Uniform in [0, 1), a new random stream. */
  randomUniform(shape: Shape): Tensor {
    return this.emit('randomUniform', [], { shape, stream: this.nextStream() });
  }

  /** Standard normal, a new random stream. */
  randomNormal(shape: Shape): Tensor {
    return this.emit('randomNormal', [], { shape, stream: this.nextStream() });
  }

  /** Number of a random stream that no other node of this graph has. */
  nextStream(): number {
    return this.streams++;
  }

  /**
   * Asks for `tensor` to be in a region after each run. Its producer writes straight to it; a copy is made only where that
   * can't be: the tensor is a leaf or constant, a part of another, or is wanted at two places.
   */
  output(tensor: Tensor, placement: Placement): void {
    const storage = storageOf(tensor);
    const isTaken = this.outputs.some((output) => output.tensor === storage);
    const isPart = storage.size !== tensor.size;
    const needsCopy = isTaken || isPart || this.rule(storage.op).kind === 'source';
    const result = needsCopy ? this.emit('broadcastTo', [tensor], { shape: tensor.shape }) : storage;
    this.outputs.push({ tensor: result, placement });
  }

  /** Path of the part that is being traced. */
  get scope(): string {
    return this.scopes.join('/');
  }

  /** An error of shapes or types with the part that is being traced in front, if it does not begin with it. */
  private namePart(error: unknown): unknown {
    const kind = [ShapeError, DTypeError].find((errorClass) => error instanceof errorClass);
    const { message } = error as Error;
    return kind && !message.startsWith(this.scope) ? new kind(`${this.scope}: ${message}`) : error;
  }

  /** Traces `body` under a name that errors and listings show. */
  withScope<T>(name: string, body: () => T): T {
    this.scopes.push(name);
    try {
      return body();
    } catch (error) {
      throw this.namePart(error);
    } finally {
      this.scopes.pop();
    }
  }
}
