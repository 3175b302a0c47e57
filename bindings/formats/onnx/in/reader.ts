// Reads the graph of a file: node after node, each by its entry in the table of operators.

import { sizeOf, type Shape } from '../../../graph/shape.js';
import type { AnyLayer, Layer, SymbolicTensor } from '../../../layers/layer.js';
import { permute, reshape } from '../../../layers/shapes.js';
import { FormatError, WasmgradError } from '../../../runtime/errors.js';
import { describeValue } from '../../../runtime/suggest.js';
import type { WireReader } from '../../protobuf/read.js';
import { identity, isIdentity, type Order } from '../axes.js';
import { readFloats, readNumbers } from '../tensors.js';
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../schema.js';
import { fold } from './constants.js';
import type { Activation, Entry, Numbers } from './values.js';

/** Values of a sample between two nodes: keeps a hostile file from asking for more. */
const MAXIMUM_SAMPLE_SIZE = 2 ** 28;
/** Values of constants that are kept as numbers. */
const MAXIMUM_NUMBERS = 64;

/** How an operator is read. */
export interface Operator {
  /** Attributes that are understood: others are refused. */
  attributes: readonly string[];
  /** The node's outputs, in their order. */
  read(node: NodeReader): Entry | readonly (Entry | undefined)[];
}

export interface ReaderOptions {
  /** Whether the layer of a name is trained. */
  isTrained(name: string): boolean;
  opset: number;
}

function readBy({ attributes, read }: Operator, node: NodeReader) {
  node.checkAttributes(attributes);
  return read(node);
}

export class GraphReader {
  readonly entries = new Map<string, Entry>();
  /** Values of the layers' parameters, by path. */
  readonly weights: Record<string, Float32Array> = Object.create(null) as Record<string, Float32Array>;
  /** Outputs of layers, by the layer's name. */
  readonly layers = new Map<string, SymbolicTensor>();
  /** Nodes that were read together with an earlier one. */
  readonly done = new Set<OnnxNode>();
  private readonly consumers = new Map<string, OnnxNode[]>();
  private readonly outputs: ReadonlySet<string>;

  constructor(
    readonly wire: WireReader,
    readonly graph: OnnxGraph,
    readonly options: ReaderOptions,
  ) {
    for (const node of graph.nodes) {
      for (const name of new Set(node.inputs)) {
        const known = this.consumers.get(name);
        if (known) known.push(node);
        else this.consumers.set(name, [node]);
      }
    }
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const tensor of graph.initializers.values()) this.entries.set(tensor.name, this.constant(tensor, true));
  }

  /** A constant: as numbers if there are few of them. */
  constant(tensor: OnnxTensor, isInitializer: boolean): Entry {
    const isSmall = tensor.dims.length <= 1 && tensor.dims.reduce((all, side) => all * side, 1) <= MAXIMUM_NUMBERS;
    const isFloat = tensor.dataType === 1 || tensor.dataType === 10 || tensor.dataType === 11;
    if (!isSmall || (isFloat && isInitializer && tensor.dims.length > 0))
      return { kind: 'stored', tensor, isInitializer };
    return { kind: 'numbers', values: readNumbers(this.wire, tensor), dims: tensor.dims };
  }

  isUsed(name: string | undefined): boolean {
    return name !== undefined && name !== '' && (this.consumers.has(name) || this.outputs.has(name));
  }

  /** The one node that reads a value, if it is one and the value is no output. */
  soleConsumer(name: string): OnnxNode | undefined {
    const found = this.consumers.get(name);
    return found?.length === 1 && !this.outputs.has(name) ? found[0] : undefined;
  }

  /** Reads all nodes with a table. Producers stand before consumers, as the format demands. */
  read(table: Readonly<Record<string, Operator>>): void {
    for (const node of this.graph.nodes) {
      if (this.done.has(node)) continue;
      const reader = new NodeReader(this, node);
      const result = reader.guarded(() => fold(reader) ?? readBy(table[node.opType]!, reader));
      const outputs = Array.isArray(result) ? (result as readonly (Entry | undefined)[]) : [result as Entry];
      node.outputs.forEach((name, i) => {
        if (name !== '' && outputs[i]) this.define(node, name, outputs[i]);
      });
    }
  }

  define(node: OnnxNode, name: string, entry: Entry): void {
    if (this.entries.has(name)) this.wire.fail(node.offset, 'outputs with names of their own', `'${name}' again`);
    this.entries.set(name, entry);
  }

  /** A name for a layer of a node: the node's, without the operator that exporters put at its end. */
  layerName({ name, opType, outputs }: OnnxNode): string {
    const full = (name === '' ? outputs[0]! : name).replace(/^\/+/, '').replaceAll('/', '.') || opType;
    const short = full.endsWith(`.${opType}`) ? full.slice(0, -opType.length - 1) : full;
    if (!this.layers.has(short)) return short;
    if (!this.layers.has(full)) return full;
    let number = 2;
    while (this.layers.has(`${full}_${number}`)) number++;
    return `${full}_${number}`;
  }
}

/** One node, as the entries of the table see it. */
export class NodeReader {
  constructor(
    readonly reader: GraphReader,
    readonly node: OnnxNode,
  ) {}

  get opset(): number {
    return this.reader.options.opset;
  }

  private get where(): string {
    const { name, opType, outputs } = this.node;
    return `node '${name === '' ? outputs[0]! : name}' (${opType})`;
  }

  fail(expected: string, got: string): never {
    return this.reader.wire.fail(this.node.offset, `${expected} at ${this.where}`, got);
  }

  /** Has what layers refuse be said of the node. */
  guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof WasmgradError) || error instanceof FormatError) throw error;
      const { offset } = this.node;
      const { where } = this.reader.wire;
      throw new FormatError(
        `${where}: byte ${offset}: expected ${this.where} to fit what it reads, got: ${error.message}`,
        offset,
        { cause: error },
      );
    }
  }

  checkAttributes(known: readonly string[]): void {
    for (const name of this.node.attributes.keys()) {
      if (known.includes(name)) continue;
      this.fail(`attributes ${known.join(', ') || '(none)'}`, `'${name}'`);
    }
  }

  int(name: string, fallback: number): number {
    const value = this.node.attributes.get(name);
    if (value === undefined) return fallback;
    return typeof value === 'number' && Number.isInteger(value)
      ? value
      : this.fail(`attribute '${name}' to be a whole number`, typeof value);
  }

  float(name: string, fallback: number): number {
    const value = this.node.attributes.get(name);
    if (value === undefined) return fallback;
    return typeof value === 'number' && Number.isFinite(value)
      ? value
      : this.fail(`attribute '${name}' to be a finite number`, describeValue(value));
  }

  text(name: string, fallback: string, allowed: readonly string[]): string {
    const value = this.node.attributes.get(name) ?? fallback;
    if (typeof value === 'string' && allowed.includes(value)) return value;
    return this.fail(`attribute '${name}' to be ${allowed.join(' or ')}`, describeValue(value));
  }

  ints(name: string): readonly number[] | undefined {
    const value = this.node.attributes.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every(Number.isInteger)) return value as number[];
    return this.fail(`attribute '${name}' to list whole numbers`, typeof value);
  }

  has(index: number): boolean {
    const name = this.node.inputs[index];
    return name !== undefined && name !== '';
  }

  entry(index: number): Entry {
    const name = this.node.inputs[index];
    if (name === undefined || name === '') return this.fail(`input ${index}`, 'none');
    return this.reader.entries.get(name) ?? this.fail(`input '${name}' from an earlier node`, 'none of that name');
  }

  isConstant(index: number): boolean {
    return this.entry(index).kind !== 'activation';
  }

  /** A tensor that depends on the inputs, its axes perhaps virtual. */
  view(index: number): Activation {
    const entry = this.entry(index);
    return entry.kind === 'activation'
      ? entry
      : this.fail(`input ${index} to depend on the model's input`, 'a constant');
  }

  /** A tensor that depends on the inputs, with all of its axes. */
  activation(index: number): Activation {
    return this.real(this.view(index));
  }

  /** Numbers that are known: axes, shapes, scalars. */
  numbers(index: number): Numbers {
    const entry = this.entry(index);
    if (entry.kind === 'numbers') return entry;
    if (entry.kind !== 'stored') return this.fail(`input ${index} to be constant`, 'a value that depends on the input');
    return { kind: 'numbers', values: readNumbers(this.reader.wire, entry.tensor), dims: entry.tensor.dims };
  }

  /** The one number of a constant. */
  scalar(index: number): number {
    const { values } = this.numbers(index);
    if (values.length === 1 && Number.isFinite(values[0])) return values[0]!;
    return this.fail(`input ${index} to be one number`, `${values.length}`);
  }

  /** A trained tensor. */
  floats(index: number): { dims: Shape; values: Float32Array; isInitializer: boolean } {
    const entry = this.entry(index);
    if (entry.kind === 'numbers') {
      if (entry.values.some((value) => !Number.isFinite(value)))
        this.fail(`input ${index} to be finite`, 'what is not');
      return { dims: entry.dims, values: Float32Array.from(entry.values), isInitializer: false };
    }
    if (entry.kind !== 'stored') return this.fail(`input ${index} to be constant`, 'a value that depends on the input');
    const { tensor, isInitializer } = entry;
    return { dims: tensor.dims, values: readFloats(this.reader.wire, tensor), isInitializer };
  }

  /** A trained tensor of a known shape; -1 for any side. */
  weights(index: number, dims: readonly number[], what: string): { dims: Shape; values: Float32Array } {
    const found = this.floats(index);
    const fits = found.dims.length === dims.length && dims.every((side, i) => side < 0 || side === found.dims[i]);
    if (fits) return found;
    const wanted = dims.map((side) => (side < 0 ? 'any' : side)).join(', ');
    return this.fail(`${what} of shape [${wanted}]`, `[${found.dims.join(', ')}]`);
  }

  /** Name that the next layer of this node will have. */
  get nextName(): string {
    return this.reader.layerName(this.node);
  }

  /** Whether the next layer is trained. */
  get trainable(): boolean {
    return this.reader.options.isTrained(this.nextName);
  }

  /** Calls a layer that `make` makes with its name, and gives it weights. */
  layers(
    make: (name: string) => AnyLayer,
    inputs: readonly SymbolicTensor[],
    weights: Readonly<Record<string, Float32Array>> = {},
    name = this.nextName,
  ): SymbolicTensor[] {
    const made = make(name);
    const called = (made as Layer)(inputs) as SymbolicTensor | SymbolicTensor[];
    const outputs = Array.isArray(called) ? called : [called];
    for (const { shape } of outputs) {
      if (sizeOf(shape) > MAXIMUM_SAMPLE_SIZE)
        this.fail(`at most ${MAXIMUM_SAMPLE_SIZE} values a sample`, `[${shape.join(', ')}]`);
    }
    this.reader.layers.set(name, outputs[0]!);
    for (const { name: parameter, shape } of made.parameters) {
      const values = weights[parameter];
      if (values?.length !== sizeOf(shape)) {
        this.fail(`${sizeOf(shape)} values for ${parameter}`, `${values?.length ?? 'none'}`);
      }
      this.reader.weights[`${name}/${parameter}`] = values!;
    }
    return outputs;
  }

  layer(
    make: (name: string) => AnyLayer,
    inputs: readonly SymbolicTensor[],
    weights: Readonly<Record<string, Float32Array>> = {},
  ): SymbolicTensor {
    return this.layers(make, inputs, weights)[0]!;
  }

  /** A layer that only prepares what the node's own layer reads. */
  private helper(make: (name: string) => AnyLayer, x: SymbolicTensor): SymbolicTensor {
    const base = `${this.nextName}.view`;
    let name = base;
    for (let number = 2; this.reader.layers.has(name); number++) name = `${base}_${number}`;
    return this.layers(make, [x], {}, name)[0]!;
  }

  reshaped(x: SymbolicTensor, shape: Shape): SymbolicTensor {
    return String(x.shape) === String(shape) ? x : this.helper((name) => reshape(shape, { name }), x);
  }

  /** Axes of length 1 that are only said to be there become axes of the tensor, behind the others. */
  real(given: Activation): Activation {
    const virtual = given.order.filter((axis) => axis < 0).length;
    if (virtual === 0) return given;
    const { shape } = given.tensor;
    let next = shape.length + 1;
    const tensor = this.reshaped(given.tensor, [...shape, ...new Array<number>(virtual).fill(1)]);
    return { kind: 'activation', tensor, order: given.order.map((axis) => (axis < 0 ? next++ : axis)) };
  }

  /** The tensor with its axes in the order of ONNX's axes `places`, the first of which must be the batch. */
  arranged(given: Activation, places: readonly number[]): SymbolicTensor {
    const { tensor, order } = this.real(given);
    const axes = places.map((place) => order[place]!);
    if (axes[0] !== 0) this.fail('the batch to be the axis on which samples stand', `axis ${order.indexOf(0)}`);
    return isIdentity(axes) ? tensor : this.helper((name) => permute(axes.slice(1), { name }), tensor);
  }

  /** ONNX's axes with the batch brought to the front. */
  batchFirst(given: Activation): number[] {
    const batch = given.order.indexOf(0);
    return [batch, ...identity(given.order.length).filter((axis) => axis !== batch)];
  }

  /** The tensor in ONNX's order of axes but for the batch, which is in front; and that order. */
  plain(given: Activation): { tensor: SymbolicTensor; order: number[] } {
    const places = this.batchFirst(given);
    return { tensor: this.arranged(given, places), order: identity(places.length).map((axis) => places.indexOf(axis)) };
  }

  /** The tensor with ONNX's axis 1 behind all others: images and sequences as the library has them. */
  channelsLast(given: Activation): SymbolicTensor {
    const rank = given.order.length;
    return this.arranged(given, rank < 3 ? identity(rank) : [0, ...identity(rank).slice(2), 1]);
  }

  result(tensor: SymbolicTensor, order: Order = identity(tensor.shape.length + 1)): Activation {
    return { kind: 'activation', tensor, order };
  }

  /** An axis of ONNX's, from 0. */
  axis(axis: number, rank: number): number {
    const place = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(place) || place < 0 || place >= rank) this.fail(`an axis of ${rank}`, `${axis}`);
    return place;
  }
}
