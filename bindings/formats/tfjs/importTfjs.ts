// Makes a model of a model.json. Nothing in it is trusted: structure, shapes and lengths are checked before memory is allocated.

import { formatShape, sameShape, type Shape } from '../../graph/shape.js';
import { restoreModel, type Model } from '../../model/model.js';
import { Network, type NamedLayer } from '../../model/network.js';
import { DataError, FormatError, MemoryLimitError, WasmgradError } from '../../runtime/errors.js';
import { checkOptions, describeValue, isObject } from '../../runtime/suggest.js';
import { readManifest, readModelJson, readWeights, type ModelJson, type TfjsFiles } from './artifacts.js';
import { writerOf } from './layers/index.js';
import { snakeCase, type Fields } from './names.js';
import { TopologyReader } from './readTopology.js';
import { readTraining } from './training.js';
import { fillWeight, WeightIndex, type TfjsWeight } from './weights.js';

export interface ImportTfjsOptions {
  /** Shape of a sample, or of a sample of each input, where the file leaves sides open. */
  inputShape?: Shape | readonly Shape[];
  /** Whether the model is compiled as the file says, if it says so; true by default. */
  compile?: boolean;
  /** Seed of what is random in further training; 0 by default. */
  seed?: number;
}

const WHERE = 'importTfjs';

/**
 * The model of a TensorFlow.js layers model: `model.json` and its weights, as `model.save` of TensorFlow.js and the Keras
 * converter write them. Sequential and functional models of the layers that both have; quantized weights (uint8, uint16,
 * float16) become float32. Where the file has a training configuration the model is compiled with it.
 *
 * @param files `modelJson` (bytes, text or object) and `weights` (bytes, or a function that gets them by path).
 * @throws FormatError for files that are broken, or have what this library does not: it names layer, field and byte.
 * @example
 * const folder = 'https://example.com/model/';
 * const get = async (path) => (await fetch(folder + path)).arrayBuffer();
 * const model = await importTfjs({ modelJson: await get('model.json'), weights: get });
 */
export async function importTfjs(files: TfjsFiles, options: ImportTfjsOptions = {}): Promise<Model> {
  checkOptions(WHERE, files, ['modelJson', 'weights']);
  checkOptions(WHERE, options, ['inputShape', 'compile', 'seed']);
  const json = readModelJson(WHERE, files.modelJson);
  const reader = new TopologyReader(shapesOf(options.inputShape));
  const { name, plan, manifest, compiled } = located(json, reader, () => {
    const read = readNetwork(json.fields, reader);
    return { ...read, compiled: options.compile === false ? undefined : readCompiled(json.fields, read.network) };
  });
  const bytes = await readWeights(WHERE, manifest, files.weights);
  return located(json, reader, () => {
    const model = restoreModel({
      name,
      seed: options.seed ?? 0,
      network: plan.network,
      compiled: undefined,
      run: undefined,
      int8: undefined,
      fill: (store) => {
        const views = store.views('parameters');
        for (const [path, weight] of plan.weights) fillWeight(weight, bytes, views[path]!);
      },
    });
    try {
      if (compiled) model.compile(compiled);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  });
}

function shapesOf(given: ImportTfjsOptions['inputShape']): readonly Shape[] {
  if (given === undefined) return [];
  return given.some((side) => Array.isArray(side)) ? (given as readonly Shape[]) : [given as Shape];
}

/** What goes wrong in what a file says is an error of the file. */
function located<T>(json: ModelJson, reader: TopologyReader, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof MemoryLimitError) throw cause;
    if (!(cause instanceof WasmgradError) && !(cause instanceof RangeError)) throw cause;
    const at = reader.current === '' ? 0 : json.byteOf(JSON.stringify(reader.current));
    throw new FormatError(`${WHERE}: byte ${at}: ${cause.message}`, at, { cause });
  }
}

/** Keras writes the model itself, or the model beside its configuration for training. */
const modelOf = (topology: unknown): unknown =>
  isObject(topology) && isObject(topology.model_config) ? topology.model_config : topology;

function readNetwork({ modelTopology, ...fields }: Fields, reader: TopologyReader) {
  if (!isObject(modelTopology)) {
    throw new DataError(`modelTopology: expected an object, got ${describeValue(modelTopology)}`);
  }
  const manifest = readManifest(fields);
  const { name, inputs, outputs } = reader.read(modelOf(modelTopology));
  const network = new Network(inputs, outputs);
  const weights = planWeights(network, manifest.weights, reader);
  return { name, network, plan: { network, weights }, manifest };
}

function readCompiled({ trainingConfig, modelTopology }: Fields, network: Network) {
  const topology = modelTopology as Fields;
  const config = trainingConfig ?? topology.training_config;
  return isObject(config) ? readTraining(config, network.outputNames) : undefined;
}

/** Which weight of the file is which parameter: by layer and name, and of the same shape. */
function planWeights(
  network: Network,
  weights: readonly TfjsWeight[],
  reader: TopologyReader,
): Map<string, TfjsWeight> {
  const index = new WeightIndex(weights);
  const plan = new Map<string, TfjsWeight>();
  for (const named of network.layers) {
    reader.current = named.name;
    for (const { name, shape } of named.layer.parameters) {
      const [, side = '', own = name] = /^(?:(forward|backward)_)?(.*)$/.exec(name)!;
      const keras = snakeCase(own);
      const weight = index.take(named.name, side, keras);
      const expected = kerasShape(network, named, own, shape);
      if (!weight || !sameShape(weight.shape, expected)) {
        const got = weight ? `${weight.name} ${formatShape(weight.shape)}` : 'none';
        throw new DataError(`${named.name}: weights: expected ${keras} ${formatShape(expected)}, got ${got}`);
      }
      plan.set(`${named.name}/${name}`, weight);
    }
  }
  if (index.left) throw new DataError(`weights: expected weights of the layers alone, got '${index.left.name}'`);
  return plan;
}

/** The shape that Keras gives a parameter. */
export function kerasShape(network: Network, { layer }: NamedLayer, parameter: string, shape: Shape): Shape {
  const { inputs } = network.calls.find((call) => call.layer === layer)!;
  const translation = writerOf(layer.definition.kind);
  return (
    translation?.weightShape?.(
      parameter,
      shape,
      inputs.map((tensor) => tensor.shape),
    ) ?? shape
  );
}
