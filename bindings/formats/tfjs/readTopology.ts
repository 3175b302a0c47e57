// The network of a Keras model in JSON: Sequential, Functional, and models within them.

import { formatShape, sizeOf, type Shape } from '../../graph/shape.js';
import { input } from '../../layers/input.js';
import { layerFromConfig } from '../../layers/index.js';
import type { AnyLayer, SymbolicTensor } from '../../layers/layer.js';
import { readCount, readList, readObject, readText } from '../../model/saving/fields.js';
import { DataError } from '../../runtime/errors.js';
import { describeValue, isObject } from '../../runtime/suggest.js';
import { readerOf, TRANSLATIONS } from './layers/index.js';
import type { Fields } from './names.js';
import { readConfig, type OwnLayer } from './translation.js';

/** Layers and calls of a file; networks that train here have far fewer. */
const MAXIMUM_LAYERS = 2048;
/** Values of a sample between two layers: keeps a hostile file from asking for more. */
const MAXIMUM_SAMPLE_SIZE = 2 ** 28;

const MODEL_CLASSES = ['Sequential', 'Functional', 'Model'];
const isModelClass = (className: unknown): boolean => MODEL_CLASSES.includes(className as string);

/** What a layer of the file, or a model in it, is to the layers around it. */
type Callable = (inputs: readonly SymbolicTensor[]) => SymbolicTensor[];

export interface Topology {
  inputs: readonly SymbolicTensor[];
  outputs: readonly SymbolicTensor[];
  name: string;
}

/** What a class and its config are within a file. */
interface Entry {
  className: string;
  config: Fields;
  name: string;
}

function readEntry(value: unknown, path: string): Entry & { fields: Fields } {
  const fields = readObject(value, path);
  const className = readText(fields.class_name, `${path}.class_name`);
  // Keras 1 has a bare list of layers for a Sequential.
  const config = Array.isArray(fields.config)
    ? { layers: fields.config as unknown }
    : readObject(fields.config, `${path}.config`);
  return { fields, className, config, name: readText(fields.name ?? config.name ?? className, `${path}.name`) };
}

export class TopologyReader {
  /** The layer that is being read, for errors. */
  current = '';
  /** Sides of inputs that the file leaves open. */
  private readonly given: Shape[];
  private count = 0;

  constructor(inputShapes: readonly Shape[]) {
    this.given = [...inputShapes];
  }

  read(value: unknown): Topology {
    const entry = readEntry(value, 'modelTopology');
    if (!isModelClass(entry.className)) {
      throw new DataError(
        `modelTopology.class_name: expected ${MODEL_CLASSES.join(', ')}, got ${describeValue(entry.className)}. ` +
          'A graph model has no layers: convert the Keras model with --output_format=tfjs_layers_model',
      );
    }
    return entry.className === 'Sequential' ? this.readSequential(entry) : this.readFunctional(entry);
  }

  private readSequential({ config, name }: Entry): Topology {
    const entries = readList(config.layers, 'layers').map((layer, i) => readEntry(layer, `layers[${i}]`));
    const [first] = entries;
    if (!first) throw new DataError('layers: expected at least one');
    this.current = first.name;
    if (isModelClass(first.className)) {
      const inner = this.read({ class_name: first.className, config: first.config });
      return { ...inner, name, outputs: [this.chain(entries.slice(1), inner.outputs[0]!)] };
    }
    const isIndexed = entries.find(({ className }) => className !== 'InputLayer')?.className === 'Embedding';
    const start = this.inputOf(first, isIndexed, config.batch_input_shape ?? config.build_input_shape);
    const rest = first.className === 'InputLayer' ? entries.slice(1) : entries;
    return { name, inputs: [start], outputs: [this.chain(rest, start)] };
  }

  private chain(entries: readonly Entry[], start: SymbolicTensor): SymbolicTensor {
    return entries.reduce((value, entry) => {
      const [output, ...others] = this.callable(entry)([value]);
      if (!output || others.length > 0) throw new DataError(`${entry.name}: expected a layer of one output`);
      return output;
    }, start);
  }

  private inputOf({ config, name, className }: Entry, isIndexed: boolean, outer?: unknown): SymbolicTensor {
    const given = config.batch_input_shape ?? config.batch_shape ?? outer ?? withBatch(config.input_length);
    const path = `${name}.batch_input_shape`;
    const own = this.given.shift();
    if (given === undefined || given === null) {
      if (!own) throw new DataError(`${path}: expected a shape. Give one: inputShape: [sides without the batch]`);
    } else if (readList(given, path).length === 0) throw new DataError(`${path}: expected [null, ...sides]`);
    const sides = own ?? readSides(given as readonly unknown[], path);
    checkSize(sides, path);
    const dtype = isIndexed || config.dtype === 'int32' ? 'int32' : 'float32';
    return input({ shape: sides, dtype, ...(className === 'InputLayer' && { name }) });
  }

  private readFunctional({ config, name }: Entry): Topology {
    const layers = readList(config.layers, 'layers').map((layer, i) => readEntry(layer, `layers[${i}]`));
    const indexed = indexedInputs(layers);
    const order = readEnds(config.input_layers, 'input_layers');
    const inputs = order.map(({ layer }) => {
      const entry = layers.find((candidate) => candidate.name === layer);
      if (entry?.className !== 'InputLayer')
        throw new DataError(`input_layers: expected an InputLayer, got '${layer}'`);
      this.current = layer;
      return this.inputOf(entry, indexed.has(layer));
    });
    const outputs = this.callAll(layers, new Map(order.map(({ layer }, i) => [layer, inputs[i]!])), config);
    return { name, inputs, outputs };
  }

  /** Calls every layer as soon as its inputs are there. */
  private callAll(
    layers: readonly (Entry & { fields: Fields })[],
    starts: Map<string, SymbolicTensor>,
    config: Fields,
  ) {
    const results = new Map<string, readonly SymbolicTensor[]>();
    for (const [layer, tensor] of starts) results.set(keyOf(layer, 0), [tensor]);
    const find = ({ layer, node, output }: Source) => results.get(keyOf(layer, node))?.[output];
    let waiting = layers
      .filter(({ className }) => className !== 'InputLayer')
      .flatMap((entry) => {
        const callable = lazily(() => this.callable(entry));
        const nodes = readList(entry.fields.inbound_nodes, `${entry.name}.inbound_nodes`);
        return nodes.map((node, i) => ({
          entry,
          callable,
          key: keyOf(entry.name, i),
          sources: readNode(node, entry.name),
        }));
      });
    if (waiting.length > MAXIMUM_LAYERS) throw tooMany();
    while (waiting.length > 0) {
      const later = waiting.filter(({ entry, callable, key, sources }) => {
        const inputs = sources.map(find);
        if (inputs.includes(undefined)) return true;
        this.current = entry.name;
        if (results.has(key)) throw new DataError(`layers: expected a new name, got '${entry.name}' again`);
        const outputs = callable()(inputs as SymbolicTensor[]);
        results.set(key, outputs);
        // To Keras the first call of a model is its own, and that within the outer model the second.
        if (isModelClass(entry.className)) results.set(keyOf(entry.name, 1), outputs);
        return false;
      });
      if (later.length === waiting.length) {
        const [{ entry, sources }] = later as [(typeof later)[number]];
        const missing = sources.find((source) => !find(source))!;
        throw new DataError(
          `${entry.name}.inbound_nodes: expected an output of a layer before it, got '${missing.layer}'`,
        );
      }
      waiting = later;
    }
    return readEnds(config.output_layers, 'output_layers').map((source) => {
      const found = find(source);
      if (found) return found;
      throw new DataError(`output_layers: expected an output of a layer, got '${source.layer}'`);
    });
  }

  /** A layer, or a model as a layer: made once, whatever calls it. */
  private callable(entry: Entry): Callable {
    if (++this.count > MAXIMUM_LAYERS) throw tooMany();
    if (isModelClass(entry.className)) return this.innerModel(entry);
    let layer: AnyLayer | undefined;
    return (inputs) => {
      this.current = entry.name;
      layer ??= this.makeLayer(
        entry,
        inputs.map(({ shape }) => shape),
      );
      const result: SymbolicTensor | SymbolicTensor[] = layer(inputs);
      const list = Array.isArray(result) ? result : [result];
      list.forEach(({ shape }) => checkSize(shape, entry.name));
      return list;
    };
  }

  /** The layers of a model in the model, on what it is called with. */
  private innerModel(entry: Entry): Callable {
    let isUsed = false;
    return (inputs) => {
      if (isUsed) throw new DataError(`${entry.name}: expected a model that is called once`);
      isUsed = true;
      if (entry.className === 'Sequential') {
        const entries = readList(entry.config.layers, `${entry.name}.layers`).map((layer, i) =>
          readEntry(layer, `layers[${i}]`),
        );
        return [
          this.chain(
            entries.filter(({ className }) => className !== 'InputLayer'),
            inputs[0]!,
          ),
        ];
      }
      const layers = readList(entry.config.layers, `${entry.name}.layers`).map((layer, i) =>
        readEntry(layer, `layers[${i}]`),
      );
      const order = readEnds(entry.config.input_layers, 'input_layers');
      if (order.length !== inputs.length) {
        throw new DataError(`${entry.name}: expected ${order.length} inputs, got ${inputs.length}`);
      }
      return this.callAll(layers, new Map(order.map(({ layer }, i) => [layer, inputs[i]!])), entry.config);
    };
  }

  private makeLayer(entry: Entry, inputs: readonly Shape[]): AnyLayer {
    const { kind, config } = this.translate(entry, entry.name, inputs);
    return layerFromConfig({ kind, name: entry.name, config });
  }

  private translate({ className, config }: Entry, path: string, inputs: readonly Shape[]): OwnLayer {
    const translation = readerOf(className);
    if (!translation) {
      const known = TRANSLATIONS.map((known) => known.className).join(', ');
      throw new DataError(`${path}.class_name: expected one of ${known}, got ${describeValue(className)}`);
    }
    if (config.data_format === 'channels_first') {
      throw new DataError(
        `${path}.data_format: expected channels_last, got channels_first. Save the model channels_last`,
      );
    }
    const readLayer = (value: unknown, at: string, shapes: readonly Shape[]) =>
      this.translate(readEntry(value, at), at, shapes);
    const own = readConfig(translation, config, { path, inputs, readLayer });
    const canFreeze = (translation.options ?? []).some((option) => option.endsWith('Initializer'));
    return {
      kind: translation.kind,
      config: { ...own, ...(config.trainable === false && canFreeze && { trainable: false }) },
    };
  }
}

const tooMany = () => new DataError(`layers: expected at most ${MAXIMUM_LAYERS}`);

/** Where a value comes from: output of a call of a layer. */
interface Source {
  layer: string;
  node: number;
  output: number;
}

const keyOf = (layer: string, node: number): string => JSON.stringify([layer, node]);

function readSource(value: unknown, path: string): Source {
  const [layer, node = 0, output = 0, keywords] = readList(value, path);
  if (isObject(keywords) && Object.values(keywords).some((keyword) => keyword !== null && keyword !== false)) {
    throw new DataError(`${path}: expected a call without keywords, got ${Object.keys(keywords).join(', ')}`);
  }
  return { layer: readText(layer, path), node: readCount(node, path), output: readCount(output, path) };
}

function readNode(value: unknown, name: string): Source[] {
  const path = `${name}.inbound_nodes`;
  if (isObject(value))
    throw new DataError(`${path}: expected lists, got the form of Keras 3. Save the model with Keras 2 (tf_keras)`);
  const list = readList(value, path);
  // One input may stand without a list around it.
  return typeof list[0] === 'string' ? [readSource(list, path)] : list.map((source) => readSource(source, path));
}

function readEnds(value: unknown, path: string): Source[] {
  const list = readList(value, path);
  const ends = typeof list[0] === 'string' ? [list] : list;
  if (ends.length === 0) throw new DataError(`${path}: expected at least one`);
  return ends.map((end) => readSource(end, path));
}

/** Inputs whose values are indices. */
function indexedInputs(layers: readonly (Entry & { fields: Fields })[]): Set<string> {
  const embeddings = layers.filter(({ className }) => className === 'Embedding');
  return new Set(
    embeddings.flatMap(({ name, fields }) =>
      readList(fields.inbound_nodes, `${name}.inbound_nodes`).flatMap((node) =>
        readNode(node, name).map(({ layer }) => layer),
      ),
    ),
  );
}

const withBatch = (length: unknown): unknown => (typeof length === 'number' ? [null, length] : undefined);

function readSides(given: readonly unknown[], path: string): Shape {
  return given.slice(1).map((side) => {
    if (side === null) {
      throw new DataError(`${path}: expected sides, got an open one. Give it: inputShape: [sides without the batch]`);
    }
    return readCount(side, path);
  });
}

function checkSize(shape: Shape, path: string): void {
  if (sizeOf(shape) <= MAXIMUM_SAMPLE_SIZE) return;
  throw new DataError(`${path}: expected at most ${MAXIMUM_SAMPLE_SIZE} values a sample, got ${formatShape(shape)}`);
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
