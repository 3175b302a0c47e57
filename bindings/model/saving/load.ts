// Makes a model of a file. Nothing in a file is trusted: structure, digest, description and shapes are checked before memory
// is allocated, and nothing in it is run.

import { preprocessorFromConfig, type PreprocessorConfig } from '../../data/preprocessing/index.js';
import type { PreprocessingStep } from '../../data/preprocessing/preprocessor.js';
import { parseJson } from '../../formats/json.js';
import { openSealed } from '../../formats/sealedFile.js';
import type { Safetensors, SafetensorsDType, StoredTensor } from '../../formats/safetensors.js';
import { formatShape, sameShape } from '../../graph/shape.js';
import { FormatError, MemoryLimitError, OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue } from '../../runtime/suggest.js';
import { checkChoice } from '../../losses/loss.js';
import { restoreModel, type Model } from '../model.js';
import type { Network } from '../network.js';
import {
  optimizerStateRegion,
  ParameterLayout,
  PARAMETERS,
  type ParameterStore,
  type TrainingCounters,
} from '../parameters.js';
import type { RunState } from '../run.js';
import { withPreprocessing, type PreprocessedModel } from '../withPreprocessing.js';
import { readArchitecture } from './architecture.js';
import { readCompiled, type ReadCompiled } from './compiled.js';
import { readRun } from './readRun.js';
import { checkCustom, MissingObjectError, type CustomObjects } from './custom.js';
import { readCount, readObject, readText } from './fields.js';
import { SAVED_MODEL, stateTensor, TRAINING } from './save.js';
import { readValue } from './values.js';
import { int8Kernels, int8Values, readScales, readWeights, scaleTensor, type StoredWeights } from './weights.js';

export interface LoadOptions {
  /** Layers, losses, metrics and other things of your own that the model has, by name. */
  custom?: CustomObjects;
  /** `float32`: kernels that the file stores as int8 are made float32 ones, so that the model can be trained. */
  weights?: 'float32';
}

/** A file of bytes, as a store or `fetch` gives it. */
export type ModelBytes = Uint8Array | ArrayBuffer;

/**
 * The model that `save` wrote: architecture, weights, and if they were saved the compiled optimiser, losses and metrics with
 * all that training needs to go on (see `fit({ resume: true })`). A file of float16 weights gives a float32 model; one of int8 weights a
 * model that only predicts, unless `weights: 'float32'` is asked for.
 *
 * @throws FormatError for a file that is damaged, cut short, of another kind or of a newer version, with the byte.
 * @throws OptionError that names a layer, loss or metric of one's own which `custom` lacks.
 * @example
 * const model = await loadModel(await (await fetch('/model.safetensors')).arrayBuffer());
 * const mine = await loadModel(bytes, { custom: { layers: { gain: () => gain() }, losses: { pinball } } });
 */
export async function loadModel(bytes: ModelBytes, options: LoadOptions = {}): Promise<Model> {
  const { model, preprocessing } = await load('loadModel', bytes, options);
  if (!preprocessing) return model;
  model.dispose();
  throw new OptionError(
    'loadModel: the file has a model with its preprocessing. Load it with loadPreprocessedModel(bytes).',
  );
}

/**
 * The model and preprocessing that `save` of a `withPreprocessing` wrote: `predict` takes tables as before.
 *
 * @throws What `loadModel` throws; OptionError for a file without preprocessing.
 * @example
 * const flats = await loadPreprocessedModel(bytes);
 * await flats.predict([{ rooms: 3, city: 'Bern' }]);
 */
export async function loadPreprocessedModel(bytes: ModelBytes, options: LoadOptions = {}): Promise<PreprocessedModel> {
  const { model, preprocessing } = await load('loadPreprocessedModel', bytes, options);
  // A scaler alone is a preprocessor of one step for `withPreprocessing`.
  if (preprocessing) return withPreprocessing(model, preprocessing as never);
  model.dispose();
  throw new OptionError('loadPreprocessedModel: the file has no preprocessing. Load it with loadModel(bytes).');
}

async function load(where: string, given: ModelBytes, options: LoadOptions) {
  checkOptions(where, options, ['custom', 'weights']);
  const { custom = {} } = options;
  if (options.weights !== undefined) checkChoice(where, 'weights', options.weights, ['float32']);
  checkCustom(where, custom);
  const file = await openSealed(where, given, SAVED_MODEL);
  const read = readDescription(where, file, custom);
  const { network, compiled, run, preprocessing } = read;
  const wanted = wantedTensors(network, compiled);
  const weights = checkTensors(where, file, wanted);
  const isTrained = compiled !== undefined || options.weights === 'float32';
  const int8 = isTrained ? undefined : int8Kernels(network, weights);
  const fill = (store: ParameterStore): void => {
    for (const [name, { region, path }] of wanted) {
      const stored = weights.get(name)!;
      if (int8?.has(name)) store.writeInt8(path, int8Values(stored.tensor), stored.scales!.values);
      else readWeights(stored, store.views(region)[path]!);
    }
    if (read.counters) store.counters = read.counters;
  };
  return {
    model: restoreModel({ network, compiled, run, fill, int8, name: read.name, seed: read.seed }),
    preprocessing,
  };
}

interface Description {
  name: string;
  seed: number;
  network: Network;
  preprocessing: PreprocessingStep | undefined;
  compiled: ReadCompiled | undefined;
  counters: TrainingCounters | undefined;
  run: RunState | undefined;
}

/** Reads the JSON of the model. What goes wrong in it is an error of the file. */
function readDescription(where: string, file: Safetensors, custom: CustomObjects): Description {
  const at = file.byteOf('model');
  try {
    const json = parseJson(readText(file.metadata.model, 'model'), `${where}: model`, at);
    const description = readObject(readValue(json, file.tensors), 'model');
    const { preprocessing, training } = description;
    return {
      name: readText(description.name, 'name'),
      seed: readCount(description.seed, 'seed'),
      network: readArchitecture(where, description.architecture, custom),
      preprocessing: preprocessing === undefined ? undefined : readPreprocessing(preprocessing),
      ...readTraining(where, training, custom),
    };
  } catch (cause) {
    if (cause instanceof MissingObjectError || cause instanceof MemoryLimitError) throw cause;
    if (cause instanceof FormatError) throw cause;
    const message = cause instanceof Error ? cause.message : describeValue(cause);
    throw new FormatError(`${where}: byte ${at}: expected the description of a model: ${message}`, at, { cause });
  }
}

const readPreprocessing = (value: unknown): PreprocessingStep =>
  preprocessorFromConfig(readObject(value, 'preprocessing') as unknown as PreprocessorConfig);

function readTraining(
  where: string,
  value: unknown,
  custom: CustomObjects,
): Pick<Description, 'compiled' | 'counters' | 'run'> {
  if (value === undefined) return { compiled: undefined, counters: undefined, run: undefined };
  const training = readObject(value, 'training');
  const counters = readObject(training.counters, 'training.counters');
  const step = readCount(counters.step, 'training.counters.step', 2 ** 32);
  const optimizerStep = readCount(counters.optimizerStep, 'training.counters.optimizerStep', step + 1);
  return {
    compiled: readCompiled(where, training.compile, custom),
    counters: { step, optimizerStep },
    run: training.run === undefined ? undefined : readRun(training.run),
  };
}

/** Types of parameters in a file; states of optimisers have the first alone. */
const WEIGHT_DTYPES: readonly SafetensorsDType[] = ['F32', 'F16', 'I8'];

interface WantedTensor {
  region: string;
  path: string;
  shape: readonly number[];
}

/** The tensors that a model of this network has, by the name that they have in files. */
function wantedTensors(network: Network, compiled: ReadCompiled | undefined): Map<string, WantedTensor> {
  const layout = new ParameterLayout(network.parameters);
  const wanted = new Map<string, WantedTensor>();
  for (const { path, shape } of layout.segments) wanted.set(path, { region: PARAMETERS, path, shape });
  for (const state of compiled?.states ?? []) {
    for (const { path, shape } of layout.trainable) {
      wanted.set(stateTensor(state, path), { region: optimizerStateRegion(state), path, shape });
    }
  }
  return wanted;
}

/** The tensors of a file by name, once they are what the model needs. */
function checkTensors(
  where: string,
  file: Safetensors,
  wanted: ReadonlyMap<string, WantedTensor>,
): Map<string, StoredWeights> {
  const checked = new Map<string, StoredWeights>();
  const known = new Set(wanted.keys());
  const fail = (name: string, expected: string, tensor: StoredTensor | undefined): never => {
    const at = file.byteOf(name);
    const got = tensor ? `${tensor.dtype} ${formatShape(tensor.shape)}` : 'nothing';
    throw new FormatError(`${where}: byte ${at}: ${name}: expected ${expected}, got ${got}.`, at);
  };
  for (const [name, { region, shape }] of wanted) {
    const tensor = file.tensors.get(name);
    const dtypes = region === PARAMETERS ? WEIGHT_DTYPES : WEIGHT_DTYPES.slice(0, 1);
    if (!tensor || !dtypes.includes(tensor.dtype) || !sameShape(tensor.shape, shape)) {
      const known = tensor && !dtypes.includes(tensor.dtype) ? dtypes.join(', ') : (tensor?.dtype ?? dtypes[0]);
      return fail(name, `${known} ${formatShape(shape)}`, tensor);
    }
    if (tensor.dtype !== 'I8') {
      checked.set(name, { tensor });
      continue;
    }
    const scaleName = scaleTensor(name);
    const scales = readScales(shape, file.tensors.get(scaleName));
    if (typeof scales !== 'object') return fail(scaleName, String(scales), file.tensors.get(scaleName));
    known.add(scaleName);
    checked.set(name, { tensor, scales });
  }
  for (const [name, tensor] of file.tensors) {
    if (!known.has(name) && !name.startsWith(TRAINING)) fail(name, 'a parameter of the model', tensor);
  }
  return checked;
}
