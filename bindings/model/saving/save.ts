// Writes a model as one file. See docs/decisions/0015-saved-files.md.

import { CONTRACT } from '../../../assembly/opcodes.js';
import { version } from '../../../package.json';
import type { PreprocessingStep } from '../../data/preprocessing/preprocessor.js';
import type { StoredTensor } from '../../formats/safetensors.js';
import { writeSealed, type SealedKind } from '../../formats/sealedFile.js';
import type { CompiledOptions } from '../compileOptions.js';
import type { Network } from '../network.js';
import { optimizerStateRegion, type ParameterStore } from '../parameters.js';
import type { RunState } from '../run.js';
import { writeArchitecture } from './architecture.js';
import { writeCompiled } from './compiled.js';
import { tensorOf, ValueWriter } from './values.js';
import { writeWeights, type WeightFormat } from './weights.js';

export interface SaveOptions {
  /** Everything that training needs to go on to the same bytes, beside the weights; false by default. */
  training?: boolean;
  /**
   * How kernels are stored, for prediction: `float32` (the default) as they are; `float16` in half the bytes, rounded to nearest, which
   * loads as float32; `int8` in a quarter, with a scale for each output, which products read as it is (see docs/saving.md).
   */
  weights?: WeightFormat;
}

/** The bytes of a file. */
export type ModelFile = Uint8Array<ArrayBuffer>;

/** What a file is of. */
export interface SavedParts {
  name: string;
  seed: number;
  network: Network;
  store: ParameterStore;
  /** Given where training is saved too. */
  compiled: CompiledOptions | undefined;
  /** Where the last run stands, if there was one. */
  run: RunState | undefined;
  weights: WeightFormat;
  preprocessing?: PreprocessingStep;
}

export const SAVED_MODEL: SealedKind = {
  kind: 'a model that wasmgrad saved',
  format: 'wasmgrad',
  version: 1,
  description: 'model',
};

/** What names of tensors begin with that are not parameters. */
export const TRAINING = 'training:';
export const stateTensor = (state: string, path: string): string => `${TRAINING}${state}/${path}`;

/** Gathers all values at once, then computes the digest: training may go on meanwhile. */
export async function saveModel(parts: SavedParts): Promise<ModelFile> {
  const { name, seed, network, store, compiled, run, weights, preprocessing } = parts;
  const writer = new ValueWriter(`${TRAINING}values/`);
  const description = {
    library: { version, core: CONTRACT },
    name,
    seed,
    architecture: writeArchitecture(network, writer),
    ...(preprocessing && { preprocessing: writePreprocessing(preprocessing, writer) }),
    ...(compiled && { training: writeTraining(compiled, store, run, writer) }),
  };
  const tensors = [
    ...writeWeights(network, store, weights),
    ...(compiled?.training.states ?? []).flatMap((state) =>
      regionTensors(store, optimizerStateRegion(state), (path) => stateTensor(state, path)),
    ),
    ...writer.tensors,
  ];
  return writeSealed(SAVED_MODEL, description, tensors);
}

function writePreprocessing({ name, config, state }: PreprocessingStep, writer: ValueWriter): unknown {
  return writer.write({ name, config, state }, 'preprocessing');
}

function writeTraining(
  compiled: CompiledOptions,
  store: ParameterStore,
  run: RunState | undefined,
  writer: ValueWriter,
): unknown {
  return {
    compile: writer.write(writeCompiled(compiled), 'compile'),
    counters: { ...store.counters },
    ...(run && { run: writer.write(run, 'run') }),
  };
}

function regionTensors(
  store: ParameterStore,
  region: string,
  nameOf: (path: string) => string,
): (readonly [string, StoredTensor])[] {
  return Object.entries(store.views(region)).map(([path, view]) => [
    nameOf(path),
    tensorOf(view, store.segment(path).shape),
  ]);
}
