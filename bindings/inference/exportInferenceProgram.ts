// Compiles a model ahead: its programs are lowered here, and only addresses are left for the host that runs them.

import { CONTRACT, InstructionField } from '../../assembly/opcodes.js';
import { version } from '../../package.json';
import { writeSealed } from '../formats/sealedFile.js';
import type { PlacedInstruction } from '../graph/compile.js';
import { predictorPartsOf, type Model } from '../model/model.js';
import type { Network } from '../model/network.js';
import { PARAMETERS as STORE_PARAMETERS, type ParameterStore } from '../model/parameters.js';
import { tensorOf } from '../model/saving/values.js';
import type { ModelFile } from '../model/saving/save.js';
import { planStep } from '../model/session.js';
import * as step from '../model/step.js';
import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import * as file from './file.js';
import { FORWARD_OPCODES } from './forwardOpcodes.js';
import { writeProgram, type WrittenProgram } from './lowerProgram.js';

export interface ExportInferenceProgramOptions {
  /**
   * Samples that one run takes, [1, 32] by default: a program is written for each. Predictions of other numbers of samples
   * are put together from these, the largest first.
   */
  batchSizes?: readonly number[];
}

/**
 * Compiles a model for `loadInferenceProgram` of `wasmgrad/inference`: a file of weights, instructions and a plan of memory,
 * which runs without graph, layers and training. The bundle is then little more than the core.
 *
 * It predicts to the same bits as `model.predict`. Like any compiled program it belongs to the core of one version of the
 * library: keep the saved model (`model.save()`) and export again after an update.
 *
 * @throws OptionError for batch sizes that can't be, and for layers of one's own that need kernels of training; StateError for a model whose input shape is not known.
 * @example
 * await writeFile('digits.program', await exportInferenceProgram(model, { batchSizes: [1, 64] }));
 */
export async function exportInferenceProgram(
  model: Model,
  options: ExportInferenceProgramOptions = {},
): Promise<ModelFile> {
  const where = 'exportInferenceProgram';
  checkOptions(where, options, ['batchSizes']);
  const batchSizes = checkBatchSizes(where, options.batchSizes ?? [1, 32]);
  const { network, store } = predictorPartsOf(model, where);
  const programs = batchSizes.map((rows) => writePrediction(network, store, rows));
  const description: file.InferenceDescription = {
    library: { version, core: CONTRACT },
    name: model.name,
    ...portsOf(network),
    programs: programs.map(({ description }) => description),
  };
  const tensors = programs.flatMap((program) => program.tensors);
  const parameters = tensorOf(store.flat(STORE_PARAMETERS));
  return writeSealed(file.INFERENCE_PROGRAM, description, [[file.PARAMETERS, parameters], ...tensors]);
}

export function checkBatchSizes(where: string, sizes: readonly number[]): number[] {
  if (!Array.isArray(sizes) || sizes.length === 0) {
    throw new OptionError(`${where}: batchSizes must be a list such as [1, 32], got ${describeValue(sizes)}.`);
  }
  sizes.forEach((size) => checkNumber(where, 'each of batchSizes', size, { minimum: 1, integer: true }));
  return [...new Set<number>(sizes)].sort((a, b) => b - a);
}

/** What goes in and out. */
export const portsOf = (network: Network): Pick<file.InferenceDescription, 'inputs' | 'outputs'> => ({
  inputs: network.inputs.map(({ shape, dtype }, i) => portOf(network.inputNames[i]!, shape, dtype)),
  outputs: network.outputs.map(({ shape, dtype }, i) => portOf(network.outputNames[i]!, shape, dtype)),
});

/** Bytes come as float32: see `Session`. */
const portOf = (name: string, shape: readonly number[], dtype: string): file.Port => ({
  name,
  shape,
  dtype: dtype === 'int32' ? 'int32' : 'float32',
});

/** Traces and lowers the prediction of `rows` samples. */
function writePrediction(network: Network, store: ParameterStore, rows: number): WrittenProgram {
  const program = writePredictionProgram(String(rows), network, store, rows);
  program.instructions.forEach(checkInstruction);
  return program;
}

/** The program by which `rows` samples are predicted, under a name in the file. */
export function writePredictionProgram(
  name: string,
  network: Network,
  store: ParameterStore,
  rows: number,
): WrittenProgram {
  const source = step.predictionSource(network);
  const { compiled } = planStep(step.tracePrediction(network, store, source, rows), rows, source);
  const regions = new Map([
    [STORE_PARAMETERS, file.PARAMETERS],
    ...network.inputs.map((_, i) => [step.inputRegion(i), file.inputRegion(i)] as const),
    ...network.outputs.map((_, i) => [step.outputRegion(i), file.outputRegion(i)] as const),
  ]);
  return writeProgram(name, rows, compiled, regions);
}

/** The core that only predicts lacks what predictions of the library's layers do without. */
function checkInstruction({ unit: { result }, words }: PlacedInstruction): void {
  if (FORWARD_OPCODES.has(words[InstructionField.opcode]!)) return;
  throw new OptionError(
    `exportInferenceProgram: ${result.scope || 'a layer'} computes '${result.op}', which the core of wasmgrad/inference lacks. ` +
      'Predict with the model itself, or compute it outside.',
  );
}
