// Compiles a model ahead: its programs are lowered here, and only addresses are left for the host that runs them.

import { CONTRACT, InstructionField, ProgramField } from '../../assembly/opcodes.js';
import { version } from '../../package.json';
import type { StoredTensor } from '../formats/safetensors.js';
import { writeSealed } from '../formats/sealedFile.js';
import { lower, type CompiledGraph, type PlacedInstruction } from '../graph/compile.js';
import { ARENA as PLAN_ARENA } from '../graph/plan.js';
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
  const programs = batchSizes.map((rows) => writeProgram(network, store, rows));
  const description: file.InferenceDescription = {
    library: { version, core: CONTRACT },
    name: model.name,
    inputs: network.inputs.map(({ shape, dtype }, i) => portOf(network.inputNames[i]!, shape, dtype)),
    outputs: network.outputs.map(({ shape, dtype }, i) => portOf(network.outputNames[i]!, shape, dtype)),
    programs: programs.map(({ description }) => description),
  };
  const tensors = programs.flatMap((program) => program.tensors);
  const parameters = tensorOf(store.flat(STORE_PARAMETERS));
  return writeSealed(file.INFERENCE_PROGRAM, description, [[file.PARAMETERS, parameters], ...tensors]);
}

function checkBatchSizes(where: string, sizes: readonly number[]): number[] {
  if (!Array.isArray(sizes) || sizes.length === 0) {
    throw new OptionError(`${where}: batchSizes must be a list such as [1, 32], got ${describeValue(sizes)}.`);
  }
  sizes.forEach((size) => checkNumber(where, 'each of batchSizes', size, { minimum: 1, integer: true }));
  return [...new Set<number>(sizes)].sort((a, b) => b - a);
}

/** Bytes come as float32: see `Session`. */
const portOf = (name: string, shape: readonly number[], dtype: string): file.Port => ({
  name,
  shape,
  dtype: dtype === 'int32' ? 'int32' : 'float32',
});

/** Traces and lowers the prediction of `rows` samples. */
function writeProgram(network: Network, store: ParameterStore, rows: number) {
  const source = step.predictionSource(network);
  const { compiled } = planStep(step.tracePrediction(network, store, source, rows), rows, source);
  const regions = new Map([
    [STORE_PARAMETERS, file.PARAMETERS],
    [PLAN_ARENA, file.ARENA],
    ...network.inputs.map((_, i) => [step.inputRegion(i), file.inputRegion(i)] as const),
    ...network.outputs.map((_, i) => [step.outputRegion(i), file.outputRegion(i)] as const),
  ]);
  const { instructions, words, relocations } = relocate(compiled, regions);
  instructions.forEach(checkInstruction);
  const tensors: [string, StoredTensor][] = [
    [file.wordsTensor(rows), tensorOf(words)],
    [file.constantsTensor(rows), tensorOf(Float32Array.from(compiled.constants))],
    ...relocations.map(([region, at]): [string, StoredTensor] => [
      file.relocationsTensor(rows, region),
      tensorOf(Uint32Array.from(at)),
    ]),
  ];
  const description = { rows, arenaBytes: compiled.plan.arenaBytes, lookUps: lookUpsOf(instructions) };
  return { description, tensors };
}

/** The core that only predicts lacks what predictions of the library's layers do without. */
function checkInstruction({ unit: { result }, words }: PlacedInstruction): void {
  if (FORWARD_OPCODES.has(words[InstructionField.opcode]!)) return;
  throw new OptionError(
    `exportInferenceProgram: ${result.scope || 'a layer'} computes '${result.op}', which the core of wasmgrad/inference lacks. ` +
      'Predict with the model itself, or compute it outside.',
  );
}

/** So far a region is moved to see which words follow it; a multiple of every alignment. */
const MOVE_BYTES = 4096;

/**
 * Lowers a graph for regions whose addresses are not known. Which words are addresses of a region, and not counts that happen
 * to look so, is found by lowering again with that region moved: exactly its addresses change. No rule of an op needs to
 * tell. In the words an address is the offset in its region.
 */
function relocate(compiled: CompiledGraph, regions: ReadonlyMap<string, string>) {
  const names = [...regions.values(), file.CONSTANTS, file.STATE];
  const span = Math.floor(2 ** 32 / (names.length + 2) / MOVE_BYTES) * MOVE_BYTES;
  const base = new Map(names.map((name, i) => [name, (i + 1) * span]));
  const lowerWith = (moved?: string): PlacedInstruction[] => {
    const addressOf = (name: string): number => base.get(name)! + (name === moved ? MOVE_BYTES : 0);
    return lower(compiled, {
      regions: Object.fromEntries([...regions].map(([region, name]) => [region, addressOf(name)])),
      constantsAddress: addressOf(file.CONSTANTS),
      stateAddress: addressOf(file.STATE),
    });
  };
  const instructions = lowerWith();
  const lowered = joinWords(instructions);
  const words = lowered.slice();
  const relocations = names.map((name): [string, number[]] => {
    const after = joinWords(lowerWith(name));
    const at = [...lowered.keys()].filter((i) => after[i] !== lowered[i]);
    for (const i of at) {
      if (after[i]! - lowered[i]! !== MOVE_BYTES) throw new Error(`word ${i} depends on the address of ${name}`);
      words[i] = lowered[i]! - base.get(name)!;
    }
    return [name, at];
  });
  return { instructions, words, relocations: relocations.filter(([, at]) => at.length > 0) };
}

/** The words of a program, its header left blank. */
function joinWords(instructions: readonly PlacedInstruction[]): Uint32Array {
  const last = instructions.at(-1);
  const joined = new Uint32Array(last ? last.wordOffset + last.words.length : ProgramField.end);
  for (const { words, wordOffset } of instructions) joined.set(words, wordOffset);
  return joined;
}

const lookUpsOf = (instructions: readonly PlacedInstruction[]): file.LookUp[] =>
  instructions
    .filter(({ unit }) => unit.result.op === 'gatherRows')
    .map(({ unit: { result }, wordOffset }) => ({
      word: wordOffset,
      layer: result.scope || result.op,
      rows: result.inputs[0]!.shape[0]!,
    }));
