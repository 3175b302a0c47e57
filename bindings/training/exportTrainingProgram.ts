// Compiles the training of a model ahead: what `fit` would trace, differentiate and plan is done here.

import { CONTRACT } from '../../assembly/opcodes.js';
import { version } from '../../package.json';
import type { StoredTensor } from '../formats/safetensors.js';
import { writeSealed } from '../formats/sealedFile.js';
import { FEEDS as PROGRAM_FEEDS } from '../graph/program.js';
import { checkBatchSizes, portsOf, writePredictionProgram } from '../inference/exportInferenceProgram.js';
import * as inference from '../inference/file.js';
import { writeProgram, type WrittenProgram } from '../inference/lowerProgram.js';
import { partsOf, type Model } from '../model/model.js';
import type { SumSlot } from '../model/figures.js';
import {
  GRADIENTS as STORE_GRADIENTS,
  optimizerStateRegion,
  PARAMETERS as STORE_PARAMETERS,
} from '../model/parameters.js';
import { tensorOf } from '../model/saving/values.js';
import type { ModelFile } from '../model/saving/save.js';
import { planStep } from '../model/session.js';
import * as step from '../model/step.js';
import type { TrainerParts } from '../model/trainer.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import * as file from './file.js';
import { fixedOptions } from './optimizerOptions.js';

export interface ExportTrainingProgramOptions {
  /**
   * Samples that one training step takes, [32] by default: a program is written for each. What is left of an epoch is trained
   * on if there is a program for exactly so many samples.
   */
  batchSizes?: readonly number[];
}

const WHERE = 'exportTrainingProgram';

/**
 * Compiles the training of a compiled model for `loadTrainingProgram` of `wasmgrad/training`: a file of weights, states of the
 * optimiser, instructions and a plan of memory. What trains there needs no layers, no graph and no derivatives, so its bundle is
 * little more than the core.
 *
 * It trains to the same bits as `model.fit`, and like any compiled program belongs to the core of one version of the library.
 *
 * @throws OptionError for a metric that is no mean over samples (ranks, counts of classes), and for `mix`; StateError for a
 * model that is not compiled, or whose input shape is not known.
 * @example
 * model.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
 * await writeFile('digits.training', await exportTrainingProgram(model, { batchSizes: [64] }));
 */
export async function exportTrainingProgram(
  model: Model,
  options: ExportTrainingProgramOptions = {},
): Promise<ModelFile> {
  checkOptions(WHERE, options, ['batchSizes']);
  const batchSizes = checkBatchSizes(WHERE, options.batchSizes ?? [32]);
  const parts = partsOf(model, WHERE);
  const { network, store, training } = parts;
  if (training.mixer)
    throw new OptionError(`${WHERE}: the model was compiled with mix, which needs all of the library.`);
  // Any number of samples is predicted and evaluated, at worst one by one.
  const forwardSizes = [...new Set([...batchSizes, 1])];
  const steps = batchSizes.map((rows) => writeStep(parts, rows, true));
  const evaluations = forwardSizes.map((rows) => writeStep(parts, rows, false));
  const predictions = forwardSizes.map((rows) =>
    writePredictionProgram(file.programName('prediction')(rows), network, store, rows),
  );
  const descriptionsOf = (programs: readonly WrittenProgram[]) => programs.map(({ description }) => description);
  const description: file.TrainingDescription = {
    library: { version, core: CONTRACT },
    name: model.name,
    seed: store.seed,
    ...portsOf(network),
    labels: labelsOf(parts),
    parameters: store.segments.map(({ path, shape, offset }) => ({ path, shape, offset })),
    trainableLength: store.trainableLength,
    optimizer: {
      name: training.optimizer.name,
      options: fixedOptions(training.optimizer),
      states: training.states,
      gradientAccumulation: training.gradientAccumulation,
      feeds: training.width,
    },
    counters: store.counters,
    figures: { training: steps[0]!.figures, evaluation: evaluations[0]!.figures },
    programs: {
      training: descriptionsOf(steps),
      evaluation: descriptionsOf(evaluations),
      prediction: descriptionsOf(predictions),
    },
  };
  const state = (name: string): [string, StoredTensor] => [
    file.optimizerRegion(name),
    tensorOf(store.flat(optimizerStateRegion(name))),
  ];
  return writeSealed(file.TRAINING_PROGRAM, description, [
    [inference.PARAMETERS, tensorOf(store.flat(STORE_PARAMETERS))],
    ...training.states.map(state),
    ...[...steps, ...evaluations, ...predictions].flatMap(({ tensors }) => tensors),
  ]);
}

/** The step that trains on, or only evaluates, `rows` samples, which are written to their regions before. */
function writeStep(parts: TrainerParts, rows: number, isTraining: boolean) {
  const { network, store, objectives, training } = parts;
  const source = { ...step.predictionSource(network), labels: labelsOf(parts).map(labelSource) };
  const traced = step.traceStep(network, store, objectives, source, rows, isTraining ? { training } : {});
  const row = traced.rows[0];
  if (row) throw metricError(row.name);
  const { compiled } = planStep(traced, rows, source, isTraining ? training.width : 0);
  const name = file.programName(isTraining ? 'training' : 'evaluation')(rows);
  const program = writeProgram(name, rows, compiled, regionsOf(parts, isTraining));
  return { ...program, figures: traced.sums.map(figureOf) };
}

/** Regions of a step, with their names in the file. */
function regionsOf({ network, objectives, training }: TrainerParts, isTraining: boolean): Map<string, string> {
  const regions: (readonly [string, string])[] = [
    [STORE_PARAMETERS, inference.PARAMETERS],
    [step.SUMS, file.SUMS],
    [step.STEP_LOSS, file.STEP_LOSS],
    ...network.inputs.map((_, i) => [step.inputRegion(i), inference.inputRegion(i)] as const),
    ...objectives.map((_, i) => [step.labelRegion(i), file.labelRegion(i)] as const),
  ];
  if (!isTraining) return new Map(regions);
  return new Map([
    ...regions,
    [STORE_GRADIENTS, file.GRADIENTS],
    [PROGRAM_FEEDS, file.FEEDS],
    ...training.states.map((name) => [optimizerStateRegion(name), file.optimizerRegion(name)] as const),
  ]);
}

const labelSource = ({ shape, dtype }: file.LabelPort, i: number): step.BatchArray => ({
  region: step.labelRegion(i),
  sampleShape: shape,
  dtype,
});

/** Labels of each output, as `fit` takes them. */
const labelsOf = ({ network, objectives }: TrainerParts): file.LabelPort[] =>
  objectives.map(({ name, loss }, i) => {
    const { shape } = network.outputs[i]!;
    if (loss.labels === 'values') return { name, shape, dtype: 'float32' };
    const { ignoredLabel } = loss;
    const classes = shape.at(-1)!;
    return {
      ...{ name, shape: shape.slice(0, -1), dtype: 'int32', classes },
      ...(ignoredLabel !== undefined && { ignored: ignoredLabel }),
    };
  });

/** Sums and a count by which a figure is recognised: no simple function of others gives the same. */
const PROBES = [
  { sums: [3, 7], samples: 5 },
  { sums: [-11, 13], samples: 17 },
];

/** A figure is a function, which files can't hold; but all but a few are a quotient. */
function figureOf({ name, offset, length, result }: SumSlot): file.Figure {
  const isQuotient = (divide: (sums: readonly number[], samples: number) => number) =>
    PROBES.every(
      ({ sums, samples }) => result(Float64Array.from(sums.slice(0, length)), samples) === divide(sums, samples),
    );
  if (length === 1 && isQuotient(([sum], samples) => sum! / samples)) return { name, offset, length };
  if (length === 2 && isQuotient(([sum, divisor]) => sum! / divisor!)) return { name, offset, length };
  throw metricError(name);
}

const metricError = (name: string): OptionError =>
  new OptionError(
    `${WHERE}: '${name}' is no mean over samples, which is all that a compiled program keeps. Compile the model with losses ` +
      'and metrics that are, such as accuracy, and compute others from predictions.',
  );
