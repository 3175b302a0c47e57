// The graph of an ONNX file while it is written. A value may exist in several orders of its axes; a Transpose is only written
// where one is asked for that is not there, so that neighbouring layers that want channels first need none between them.

import { formatShape, type Shape } from '../../../graph/shape.js';
import { between, channelsFirst, identity, type Order } from '../axes.js';
import { encodeInitializer, encodeNode, type Attribute, type NodeToWrite } from '../encode.js';
import { ELEMENT } from '../schema.js';

export type Attributes = Readonly<Record<string, Attribute>>;

/** One order of the axes of a value, and the name of the ONNX tensor that has it. */
export interface Form {
  order: Order;
  name: string;
}

/** A tensor of the model. */
export class Value {
  readonly forms: Form[];

  constructor(
    /** Of one sample, in our order. */
    readonly shape: Shape,
    first: Form,
    readonly dtype: 'float32' | 'int32' = 'float32',
  ) {
    this.forms = [first];
  }

  /** Axes, the batch included. */
  get rank(): number {
    return this.shape.length + 1;
  }

  /** The form that it was made in. */
  get first(): Form {
    return this.forms[0]!;
  }

  /** The same tensor under another shape or order of axes. */
  viewed(shape: Shape, order: (of: Order) => Order): Value {
    const [first, ...others] = this.forms.map((form) => ({ ...form, order: order(form.order) }));
    const view = new Value(shape, first!, this.dtype);
    view.forms.push(...others);
    return view;
  }
}

const littleEndian = (values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
};

export class Builder {
  private readonly nodes: NodeToWrite[] = [];
  private readonly initializers = new Map<string, () => Uint8Array>();
  private readonly taken = new Set<string>();
  private readonly known = new Map<string, string>();
  /** Name of the layer that is being written. */
  scope = '';

  /** A name that no other tensor or node has. */
  unique(base: string): string {
    let name = base;
    for (let number = 2; this.taken.has(name); number++) name = `${base}_${number}`;
    this.taken.add(name);
    return name;
  }

  /** Writes a node; the names of its outputs, which bear its own. */
  nodeOf(opType: string, inputs: readonly string[], attributes: Attributes, outputs: readonly string[]): string {
    const name = this.unique(`${this.scope}/${opType}`);
    this.nodes.push({ name, opType, inputs, outputs, attributes });
    return name;
  }

  /** Writes a node of one output; the output's name. */
  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.unique(`${this.scope}/${opType}:0`);
    this.nodeOf(opType, inputs, attributes, [output]);
    return output;
  }

  /** Writes a node of several outputs, of which those not wanted are ''. */
  ops(opType: string, inputs: readonly string[], attributes: Attributes, wanted: readonly boolean[]): string[] {
    const outputs = wanted.map((isWanted, i) => (isWanted ? this.unique(`${this.scope}/${opType}:${i}`) : ''));
    while (outputs.at(-1) === '') outputs.pop();
    this.nodeOf(opType, inputs, attributes, outputs);
    return outputs;
  }

  private initializer(base: string, key: string, write: (name: string) => Uint8Array): string {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = this.unique(base);
    this.known.set(key, name);
    this.initializers.set(name, () => write(name));
    return name;
  }

  /** Trained values. The same `base` is written once, however often its layer is called. */
  weights(base: string, shape: Shape, make: () => Float32Array): string {
    return this.initializer(base, `${base} ${formatShape(shape)}`, (name) =>
      encodeInitializer(name, ELEMENT.float, shape, littleEndian(make())),
    );
  }

  floats(values: readonly number[], shape: Shape = values.length === 1 ? [] : [values.length]): string {
    return this.initializer('constant', `f ${formatShape(shape)} ${values.join(' ')}`, (name) =>
      encodeInitializer(name, ELEMENT.float, shape, littleEndian(Float32Array.from(values))),
    );
  }

  ints(values: readonly number[], shape: Shape = [values.length]): string {
    return this.initializer('constant', `i ${formatShape(shape)} ${values.join(' ')}`, (name) => {
      const view = new DataView(new ArrayBuffer(8 * values.length));
      values.forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true));
      return encodeInitializer(name, ELEMENT.int64, shape, new Uint8Array(view.buffer));
    });
  }

  int32(value: number): string {
    return this.initializer('constant', `i32 ${value}`, (name) => {
      const view = new DataView(new ArrayBuffer(4));
      view.setInt32(0, value, true);
      return encodeInitializer(name, ELEMENT.int32, [], new Uint8Array(view.buffer));
    });
  }

  flags(values: readonly boolean[], shape: Shape): string {
    return this.initializer('constant', `b ${formatShape(shape)} ${values.map(Number).join('')}`, (name) =>
      encodeInitializer(name, ELEMENT.bool, shape, Uint8Array.from(values, Number)),
    );
  }

  /** Nodes and initializers as bytes: those that the outputs depend on. A mask that nobody asked for is left out. */
  fields(outputs: readonly string[]): Uint8Array[] {
    const needed = new Set(outputs);
    const kept = this.nodes.toReversed().filter((node) => {
      if (!node.outputs.some((name) => needed.has(name))) return false;
      node.inputs.forEach((name) => needed.add(name));
      return true;
    });
    const tensors = [...this.initializers].flatMap(([name, write]) => (needed.has(name) ? [write()] : []));
    return [...kept.reverse().map(encodeNode), ...tensors];
  }

  /** The tensor of a value with its axes in an order. */
  in(value: Value, order: Order): string {
    const there = value.forms.find((form) => String(form.order) === String(order));
    if (there) return there.name;
    const { first } = value;
    const name = this.op('Transpose', [first.name], { perm: between(first.order, order) });
    value.forms.push({ order, name });
    return name;
  }

  /** The tensor of a value in our order of axes. */
  plain(value: Value): string {
    return this.in(value, identity(value.rank));
  }

  /** The tensor of a value with the channels behind the batch. */
  channelsFirst(value: Value): string {
    return this.in(value, channelsFirst(value.rank));
  }

  /** A tensor in our order as a value. */
  value(name: string, shape: Shape): Value {
    return new Value(shape, { order: identity(shape.length + 1), name });
  }

  /** A tensor with the channels behind the batch as a value; `shape` is in our order. */
  fromChannelsFirst(name: string, shape: Shape): Value {
    return new Value(shape, { order: channelsFirst(shape.length + 1), name });
  }

  /** What works on each element by itself leaves the order as it is. */
  elementwise(value: Value, apply: (name: string) => string): Value {
    const { name, order } = value.first;
    const result = apply(name);
    return result === name ? value : new Value(value.shape, { order, name: result });
  }

  /** The same values in our order, as samples of another shape. */
  reshape(value: Value, shape: Shape): Value {
    return this.value(this.op('Reshape', [this.plain(value), this.ints([0, ...shape])]), shape);
  }

  /** [batch, first, ...] as [batch first, ...], where a layer is to see every step as a sample. */
  mergeSteps(value: Value): Value {
    const [, ...rest] = value.shape;
    return this.value(this.op('Reshape', [this.plain(value), this.ints([-1, ...rest])]), rest);
  }

  /** The inverse of `mergeSteps`. */
  splitSteps(value: Value, steps: number): Value {
    const shape = [steps, ...value.shape];
    return this.value(this.op('Reshape', [this.plain(value), this.ints([-1, ...shape])]), shape);
  }
}
