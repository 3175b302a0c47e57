// A network as JSON: inputs, layers, how they are called, outputs. `sequential` and functional models have the same form.

import { formatShape, sizeOf, type Shape } from '../../graph/shape.js';
import { input } from '../../layers/input.js';
import { layerFromConfig, type LayerConfig } from '../../layers/index.js';
import type { AnyLayer, SymbolicTensor } from '../../layers/layer.js';
import { TiedParameter, tieOfConfig } from '../../layers/tie.js';
import { DataError, OptionError } from '../../runtime/errors.js';
import { isObject, isPlain } from '../../runtime/suggest.js';
import { Network } from '../network.js';
import { findCustom, makeCustomLayer, type CustomKind, type CustomObjects } from './custom.js';
import { readCount, readList, readName, readObject, readShape, readText } from './fields.js';
import type { ValueWriter } from './values.js';

/** Values of a sample between two layers; nothing that trains here comes near. Keeps a hostile file from asking for more. */
const MAXIMUM_SAMPLE_SIZE = 2 ** 28;

/** Where a value comes from: an input of the model, or an output of a call. */
type Source = { input: number } | { call: number; output: number };

export function writeArchitecture(network: Network, writer: ValueWriter): unknown {
  const idOf = (layer: AnyLayer): string => network.layers.find((named) => named.layer === layer)!.name;
  const sourceOf = (tensor: SymbolicTensor): Source => {
    const at = network.inputs.indexOf(tensor);
    if (at >= 0) return { input: at };
    const call = tensor.producer!;
    return { call: network.calls.indexOf(call), output: call.outputs.indexOf(tensor) };
  };
  const layers = network.layers.map(({ name: id, layer }) => {
    const { kind, name, inputShape, config = {} } = layer.definition;
    const { inputs } = network.calls.find((call) => call.layer === layer)!;
    const inputShapes = inputs.map(({ shape }) => shape);
    const written = { id, kind, name, inputShape, inputShapes, config: nameTies(config, `${id}.config`, idOf) };
    return writer.write(written, id);
  });
  return {
    inputs: network.inputs.map(({ shape, dtype, name }) => ({ shape, dtype, ...(name !== undefined && { name }) })),
    layers,
    calls: network.calls.map(({ layer, inputs }) => ({ layer: idOf(layer), inputs: inputs.map(sourceOf) })),
    outputs: network.outputs.map(sourceOf),
  };
}

/** Has ties name the layer that owns the storage, and refuses activations without a name. */
function nameTies(value: unknown, path: string, idOf: (layer: AnyLayer) => string): unknown {
  if (Array.isArray(value)) return value.map((entry, i) => nameTies(entry, `${path}[${i}]`, idOf));
  if (!isPlain(value)) return value;
  const tie = tieOfConfig(value);
  if (tie) return { layer: idOf(tie.source.layer), parameter: tie.source.name, transpose: tie.transpose };
  if (value.custom === '') {
    throw new OptionError(`save: ${path} is a function without a name. Give it one: const name = (x) => ...`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, nameTies(entry, `${path}.${key}`, idOf)]),
  );
}

/** The network that `writeArchitecture` wrote. Everything is symbolic: no parameter is allocated. */
export function readArchitecture(where: string, given: unknown, custom: CustomObjects): Network {
  const { inputs, layers, calls, outputs } = readObject(given, 'architecture');
  const sources = readList(inputs, 'inputs').map(readInput);
  const made = new LayerReader(where, readList(layers, 'layers'), custom);
  const results: (readonly SymbolicTensor[])[] = [];
  const find = (value: unknown, path: string): SymbolicTensor => {
    const source = readObject(value, path);
    if ('input' in source) return sources[readCount(source.input, `${path}.input`, sources.length)]!;
    const found = results[readCount(source.call, `${path}.call`, results.length)]!;
    return found[readCount(source.output, `${path}.output`, found.length)]!;
  };
  readList(calls, 'calls').forEach((entry, i) => {
    const call = readObject(entry, `calls[${i}]`);
    const of = readList(call.inputs, `calls[${i}].inputs`).map((source, k) => find(source, `calls[${i}].inputs[${k}]`));
    const result: SymbolicTensor | SymbolicTensor[] = made.get(readText(call.layer, `calls[${i}].layer`))(of);
    const list = Array.isArray(result) ? result : [result];
    list.forEach(({ shape }) => checkSize(shape, `calls[${i}]`));
    results.push(list);
  });
  const ends = readList(outputs, 'outputs').map((source, i) => find(source, `outputs[${i}]`));
  if (sources.length === 0 || ends.length === 0) throw new DataError('expected at least one input and one output');
  const network = new Network(sources, ends);
  const named = network.layers.map(({ name }) => name).sort();
  if (String(named) !== String(made.ids.sort())) {
    throw new DataError(`layers: expected ${named.join(', ')}, got ${made.ids.join(', ')}`);
  }
  return network;
}

function checkSize(shape: Shape, path: string): void {
  if (sizeOf(shape) <= MAXIMUM_SAMPLE_SIZE) return;
  throw new DataError(`${path}: expected at most ${MAXIMUM_SAMPLE_SIZE} values a sample, got ${formatShape(shape)}`);
}

function readInput(given: unknown, i: number): SymbolicTensor {
  const path = `inputs[${i}]`;
  const { shape, dtype, name } = readObject(given, path);
  if (dtype !== 'float32' && dtype !== 'int32') throw new DataError(`${path}.dtype: expected float32 or int32`);
  const sides = readShape(shape, `${path}.shape`);
  checkSize(sides, path);
  return input({ shape: sides, dtype, ...readName(name, `${path}.name`) });
}

/** Options whose value names a thing of some kind, by how the option is called. */
const ROLES: readonly (readonly [RegExp, CustomKind & ('initializers' | 'regularizers' | 'constraints')])[] = [
  [/initializer$/i, 'initializers'],
  [/regularizer$/i, 'regularizers'],
  [/constraint$/i, 'constraints'],
];

/** Makes the layers of a file, each when it is first asked for: an owner of a tied parameter before the layer tied to it. */
class LayerReader {
  readonly ids: string[];
  private readonly given = new Map<string, Readonly<Record<string, unknown>>>();
  private readonly made = new Map<string, AnyLayer | 'being made'>();

  constructor(
    private readonly where: string,
    layers: readonly unknown[],
    private readonly custom: CustomObjects,
  ) {
    this.ids = layers.map((entry, i) => {
      const fields = readObject(entry, `layers[${i}]`);
      const id = readText(fields.id, `layers[${i}].id`);
      if (this.given.has(id)) throw new DataError(`layers[${i}].id: expected a new one, got '${id}' again`);
      this.given.set(id, fields);
      return id;
    });
  }

  get(id: string): AnyLayer {
    const known = this.made.get(id);
    if (known === 'being made') throw new DataError(`layer ${id}: tied to itself`);
    if (known) return known;
    const fields = this.given.get(id);
    if (!fields) throw new DataError(`expected one of the layers ${this.ids.join(', ')}, got '${id}'`);
    this.made.set(id, 'being made');
    const config = readObject(this.revive(fields.config, 'config'), `${id}.config`);
    const inputShape = fields.inputShape === undefined ? {} : { inputShape: readShape(fields.inputShape, id) };
    const layer = this.make({
      kind: readText(fields.kind, `${id}.kind`),
      config,
      ...readName(fields.name, `${id}.name`),
      ...inputShape,
    });
    const shapes = readList(fields.inputShapes, `${id}.inputShapes`).map((shape) => readShape(shape, id));
    shapes.forEach((shape) => checkSize(shape, `${id}.inputShapes`));
    layer.build(shapes);
    this.made.set(id, layer);
    return layer;
  }

  private make(config: LayerConfig): AnyLayer {
    const { kind, name, inputShape } = config;
    const maker = findCustom(this.where, this.custom, 'layers', kind);
    if (!maker) return layerFromConfig(config);
    const own = { ...config.config, ...(name !== undefined && { name }), ...(inputShape && { inputShape }) };
    return makeCustomLayer(this.where, maker, kind, own);
  }

  /** Makes what the library does not make of a config by itself: ties, and things of the user's own. */
  private revive(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((entry) => this.revive(entry, key));
    if (!isObject(value)) return value;
    if (value.name === 'tie' && isObject(value.config)) return this.tie(value.config);
    if (/activation$/i.test(key) && typeof value.custom === 'string') {
      return findCustom(this.where, this.custom, 'activations', value.custom);
    }
    const revived = Object.fromEntries(
      Object.entries(value).map(([inner, entry]) => [inner, this.revive(entry, inner)]),
    );
    const role = ROLES.find(([pattern]) => pattern.test(key))?.[1];
    if (role && typeof value.name === 'string') {
      const maker = findCustom(this.where, this.custom, role, value.name);
      return maker ? maker((revived.config ?? {}) as never) : revived;
    }
    // A layer within the layer.
    if (typeof value.kind === 'string') return this.make({ ...revived, kind: value.kind });
    return revived;
  }

  private tie({ layer, parameter, transpose }: Readonly<Record<string, unknown>>): TiedParameter {
    const owner = this.get(readText(layer, 'tie.layer'));
    return new TiedParameter(owner.parameter(readText(parameter, 'tie.parameter')), transpose === true);
  }
}
