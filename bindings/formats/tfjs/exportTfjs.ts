// Writes a model as TensorFlow.js' model.json and weights.

import { version } from '../../../package.json';
import { sizeOf, type Shape } from '../../graph/shape.js';
import { input } from '../../layers/input.js';
import type { AnyLayer, Layer, SymbolicTensor } from '../../layers/layer.js';
import { layerFromConfig, type LayerConfig, type LayerKind } from '../../layers/index.js';
import { compiledOf, networkOf, type Model } from '../../model/model.js';
import type { NamedLayer, Network } from '../../model/network.js';
import { writeCompiled } from '../../model/saving/compiled.js';
import { OptionError } from '../../runtime/errors.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { UNSHARED, writerOf } from './layers/index.js';
import { activationLayer, kerasActivation, snakeCase, type Fields } from './names.js';
import { writeConfig, type OwnLayer, type WriteContext } from './translation.js';
import { chainPrefixes } from '../../layers/nested.js';
import { writeTraining } from './training.js';

export interface ExportTfjsOptions {
  /** Whether optimiser, loss and metrics are written too, so that TensorFlow.js loads a compiled model; false by default. */
  training?: boolean;
  /** Most bytes of a file of weights; 4 MiB by default, as in TensorFlow.js. */
  shardBytes?: number;
}

/** A weight as a model.json lists it. */
export interface TfjsWeightSpec {
  name: string;
  shape: number[];
  dtype: 'float32';
}

/** What TensorFlow.js calls ModelArtifacts: what `tf.loadLayersModel(tf.io.fromMemory(artifacts))` takes. */
export interface TfjsArtifacts {
  modelTopology: object;
  weightSpecs: TfjsWeightSpec[];
  weightData: ArrayBuffer;
  format: 'layers-model';
  generatedBy: string;
  convertedBy: null;
  trainingConfig?: object;
}

/** A model for TensorFlow.js, in both forms in which it loads one. */
export interface TfjsExport {
  /** What the file `model.json` says. */
  modelJson: object;
  /** All weights, one behind the other. */
  weightData: ArrayBuffer;
  /** For `tf.io.fromMemory`. */
  artifacts: TfjsArtifacts;
  /** Files by name: `model.json` and `group1-shard1of1.bin` ..., for a folder that `tf.loadLayersModel(url)` reads. */
  files: Record<string, Uint8Array<ArrayBuffer>>;
}

const WHERE = 'exportTfjs';

/**
 * The model as a layers model of TensorFlow.js. A chain of layers becomes a Sequential, any other model a functional one.
 * An activation that TensorFlow.js does not take by name becomes a layer of its own, a residual block its layers and an Add,
 * a tied parameter a copy.
 *
 * @throws OptionError for what TensorFlow.js does not have: it names the layer, and what to use.
 * @throws StateError for a model that is not built yet.
 * @example
 * const { files } = exportTfjs(model);
 * for (const [name, bytes] of Object.entries(files)) await writeFile(`public/model/${name}`, bytes);
 * // in TensorFlow.js: await tf.loadLayersModel('/model/model.json')
 */
export function exportTfjs(model: Model, options: ExportTfjsOptions = {}): TfjsExport {
  checkOptions(WHERE, options, ['training', 'shardBytes']);
  const { training = false, shardBytes = 4 * 2 ** 20 } = options;
  checkNumber(WHERE, 'shardBytes', shardBytes, { minimum: 4, integer: true });
  const writer = new TopologyWriter(networkOf(model, WHERE), model.parameters());
  const topology = writer.write(model.name);
  const weightData = joinWeights(writer.weights);
  const weightSpecs = writer.weights.map(({ name, shape }): TfjsWeightSpec => ({
    name,
    shape: [...shape],
    dtype: 'float32',
  }));
  const trainingConfig = training ? writeTraining(WHERE, writeCompiled(compiledOf(model, WHERE))) : undefined;
  const common = {
    format: 'layers-model' as const,
    generatedBy: `wasmgrad ${version}`,
    convertedBy: null,
    modelTopology: topology,
    ...(trainingConfig && { trainingConfig }),
  };
  const shards = shardsOf(weightData, shardBytes);
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  const modelJson = { ...common, weightsManifest: [{ paths, weights: weightSpecs }] };
  return {
    modelJson,
    weightData,
    artifacts: { ...common, weightSpecs, weightData },
    files: {
      'model.json': new TextEncoder().encode(JSON.stringify(modelJson)),
      ...Object.fromEntries(shards.map((shard, i) => [paths[i]!, shard])),
    },
  };
}

interface NamedValues {
  name: string;
  shape: Shape;
  values: Float32Array;
}

function joinWeights(weights: readonly NamedValues[]): ArrayBuffer {
  const all = new Float32Array(weights.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of weights) {
    all.set(values, at);
    at += values.length;
  }
  return all.buffer;
}

function shardsOf(data: ArrayBuffer, most: number): Uint8Array<ArrayBuffer>[] {
  const count = Math.max(1, Math.ceil(data.byteLength / most));
  return Array.from({ length: count }, (_, i) => new Uint8Array(data.slice(i * most, (i + 1) * most)));
}

/** An output of a call of a layer of Keras. */
type Source = readonly [layer: string, node: number, output: number];

interface KerasNode {
  className: string;
  name: string;
  config: Fields;
  calls: Source[][];
}

/** A layer and what it is called with, wherever its parameters lie. */
interface Use {
  layer: OwnLayer;
  name: string;
  /** Path of its parameters in the model: `dense_1/`. */
  prefix: string;
  parameters: AnyLayer['parameters'];
  inputs: readonly Shape[];
}

interface ResidualConfig {
  branch: readonly LayerConfig[];
  shortcut?: LayerConfig;
  activation: unknown;
}

class TopologyWriter {
  readonly weights: NamedValues[] = [];
  private readonly nodes = new Map<string, KerasNode>();

  constructor(
    private readonly network: Network,
    private readonly views: Readonly<Record<string, Float32Array>>,
  ) {}

  write(modelName: string): object {
    const { inputs, inputNames, calls, outputs, layers } = this.network;
    const sources = new Map<SymbolicTensor, Source>();
    inputs.forEach((input, i) => {
      sources.set(input, this.addInput(this.freeName(inputNames[i]!, layers), input));
    });
    for (const { layer, inputs: from, outputs: to } of calls) {
      const named = layers.find((candidate) => candidate.layer === layer)!;
      const results = this.call(
        named,
        from.map((tensor) => sources.get(tensor)!),
        from.map(({ shape }) => shape),
      );
      to.forEach((tensor, i) => {
        const [name, node] = results;
        sources.set(tensor, [name, node, i]);
      });
    }
    return {
      ...this.model(
        modelName,
        inputs.map((input) => sources.get(input)!),
        outputs.map((output) => sources.get(output)!),
      ),
      keras_version: '2.0.0',
      backend: 'tensor_flow.js',
    };
  }

  private freeName(name: string, layers: readonly NamedLayer[]): string {
    return layers.some((layer) => layer.name === name) ? this.freeName(`${name}_`, layers) : name;
  }

  private addInput(name: string, { shape, dtype }: SymbolicTensor): Source {
    const config = { batch_input_shape: [null, ...shape], dtype, sparse: false, name };
    this.nodes.set(name, { className: 'InputLayer', name, config, calls: [] });
    return [name, 0, 0];
  }

  private call({ layer, name }: NamedLayer, sources: readonly Source[], inputs: readonly Shape[]): Source {
    const { kind, config = {} } = layer.definition;
    const use = {
      layer: { kind: kind as LayerKind, config },
      name,
      prefix: `${name}/`,
      parameters: layer.parameters,
      inputs,
    };
    return kind === 'residual' ? this.residual(use, sources) : this.plain(use, sources);
  }

  /** A layer, and behind it its activation where that has no name in TensorFlow.js. */
  private plain({ layer, name, prefix, parameters, inputs }: Use, sources: readonly Source[]): Source {
    const { activation } = layer.config;
    const apart =
      activation !== undefined && kerasActivation(activation) === undefined ? activationLayer(activation) : undefined;
    if (apart && layer.kind === 'activation') return this.add({ ...apart, name }, sources);
    const canPart = apart !== undefined && layer.config.returnState === undefined;
    const config = canPart ? { ...layer.config, activation: 'linear' } : layer.config;
    const written = this.writeLayer({ kind: layer.kind, config }, name, inputs);
    const first = this.add({ className: written.class_name, config: written.config, name }, sources);
    this.addWeights(name, layer, prefix, parameters, inputs);
    return canPart ? this.add({ ...apart, name: `${name}_activation` }, [first]) : first;
  }

  /** A block as its layers and the Add that joins them. */
  private residual({ layer, name, prefix, inputs: [shape = []] }: Use, sources: readonly Source[]): Source {
    const { branch, shortcut, activation } = layer.config as unknown as ResidualConfig;
    const [from] = sources as [Source];
    const main = branch.map((config) => layerFromConfig(config) as Layer);
    const side = shortcut ? [layerFromConfig(shortcut) as Layer] : [];
    const ends = [
      this.chain(side, ['shortcut/'], from, { name, prefix, shape }),
      this.chain(main, chainPrefixes(main), from, { name, prefix, shape }),
    ];
    if (activation === 'linear') return this.add({ className: 'Add', config: {}, name }, ends);
    const sum = this.add({ className: 'Add', config: {}, name: `${name}_add` }, ends);
    return this.plain(
      { layer: { kind: 'activation', config: { activation } }, name, prefix, parameters: [], inputs: [] },
      [sum],
    );
  }

  /** Layers within a layer, whose parameters are the outer one's under a prefix. */
  private chain(
    layers: readonly Layer[],
    prefixes: readonly string[],
    start: Source,
    outer: { name: string; prefix: string; shape: Shape },
  ): Source {
    let shape = outer.shape;
    return layers.reduce<Source>((source, inner, i) => {
      const inputs = [shape];
      shape = inner(input({ shape })).shape;
      const { kind, config = {} } = inner.definition;
      const use = {
        layer: { kind: kind as LayerKind, config },
        name: `${outer.name}_${prefixes[i]!.slice(0, -1)}`,
        prefix: outer.prefix + prefixes[i]!,
        parameters: inner.parameters,
        inputs,
      };
      return kind === 'residual' ? this.residual(use, [source]) : this.plain(use, [source]);
    }, start);
  }

  private add(given: { className: string; config: Fields; name: string }, inputs: readonly Source[]): Source {
    const { className, name } = given;
    const known = this.nodes.get(name);
    const config = { ...given.config, name, trainable: given.config.trainable ?? true };
    const node: KerasNode = known ?? { className, name, config, calls: [] };
    if (!known) this.nodes.set(name, node);
    node.calls.push([...inputs]);
    return [name, node.calls.length - 1, 0];
  }

  private writeLayer(
    { kind, config }: OwnLayer,
    name: string,
    inputs: readonly Shape[],
  ): { class_name: string; config: Fields } {
    const translation = writerOf(kind);
    if (!translation) {
      const reason = Object.hasOwn(UNSHARED, kind)
        ? UNSHARED[kind as keyof typeof UNSHARED]
        : 'it is a layer of your own';
      throw new OptionError(`${WHERE}: ${name}: a ${kind} layer can't be written: ${reason}.`);
    }
    const context: WriteContext = {
      path: `${WHERE}: ${name}`,
      inputs,
      writeLayer: (inner, innerName, shapes) => this.writeLayer(inner, innerName, shapes),
    };
    const written = writeConfig(translation, config, context);
    const trainable = config.trainable ?? true;
    return { class_name: translation.className, config: { ...written, name, trainable } };
  }

  /** The parameters of a layer, once. */
  private addWeights(
    name: string,
    { kind }: OwnLayer,
    prefix: string,
    parameters: AnyLayer['parameters'],
    inputs: readonly Shape[],
  ): void {
    if (this.nodes.get(name)!.calls.length > 1) return;
    for (const { name: parameter, shape } of parameters) {
      const [, side, own = parameter] = /^(?:(forward|backward)_)?(.*)$/.exec(parameter)!;
      const kerasShape = writerOf(kind)!.weightShape?.(own, shape, inputs) ?? shape;
      const inner = side === undefined ? '' : `${side}_${this.innerName(name)}/`;
      this.weights.push({
        name: `${name}/${inner}${snakeCase(own)}`,
        shape: kerasShape,
        values: this.valuesOf(prefix + parameter, shape),
      });
    }
  }

  /** The name that TensorFlow.js builds the names of both directions on. */
  private innerName(name: string): string {
    const { layer } = this.nodes.get(name)!.config as { layer: { config: { name: string } } };
    return layer.config.name;
  }

  /** Values of a parameter: of its own, or of the one that it is tied to. */
  private valuesOf(path: string, shape: Shape): Float32Array {
    const tie = this.network.ties.get(path);
    if (!tie) return this.views[path]!;
    const source = this.views[tie.source]!;
    if (!tie.transpose) return source;
    const [rows, columns] = shape.slice(-2) as [number, number];
    const matrix = rows * columns;
    return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
      const [base, within] = [Math.floor(i / matrix) * matrix, i % matrix];
      return source[base + (within % columns) * rows + Math.floor(within / columns)]!;
    });
  }

  private model(name: string, inputs: readonly Source[], outputs: readonly Source[]): object {
    const chain = this.asChain(inputs, outputs);
    if (chain) return { class_name: 'Sequential', config: { name, layers: chain } };
    const layers = [...this.nodes.values()].map(({ className, name: own, config, calls }) => ({
      name: own,
      class_name: className,
      config,
      inbound_nodes: calls.map((sources) => sources.map((source) => [...source, {}])),
    }));
    const config = { name, layers, input_layers: inputs, output_layers: outputs };
    return { class_name: 'Model', config };
  }

  /** The layers of a model that is nothing but a chain, the shape of the input with the first. */
  private asChain(inputs: readonly Source[], outputs: readonly Source[]): object[] | undefined {
    const [first, ...rest] = [...this.nodes.values()];
    let before = first!.name;
    for (const { name, calls } of rest) {
      const [sources = []] = calls;
      if (calls.length !== 1 || sources.length !== 1 || sources[0]![0] !== before || sources[0]![2] !== 0)
        return undefined;
      before = name;
    }
    if (inputs.length !== 1 || outputs.length !== 1 || outputs[0]![0] !== before || rest.length === 0) return undefined;
    const { batch_input_shape: shape } = first!.config;
    return rest.map(({ className, config }, i) => ({
      class_name: className,
      config: i === 0 ? { ...config, batch_input_shape: shape } : config,
    }));
  }
}
