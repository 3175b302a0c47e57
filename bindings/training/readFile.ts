// Reads the file of a training program: everything is checked before anything is allocated for it.

import type { Safetensors, StoredTensor } from '../formats/safetensors.js';
import { sizeOf } from '../graph/shape.js';
import * as inference from '../inference/file.js';
import {
  predictionRegions,
  readCompiledFile,
  readPort,
  readPorts,
  readPrograms,
  readVector,
  type Ports,
  type StoredProgram,
} from '../inference/readFile.js';
import { readCount, readList, readObject, readShape, readText } from '../model/saving/fields.js';
import { DataError } from '../runtime/errors.js';
import * as file from './file.js';

export interface TrainingFile extends Pick<
  file.TrainingDescription,
  'name' | 'seed' | 'labels' | 'parameters' | 'trainableLength' | 'optimizer' | 'counters' | 'figures' | keyof Ports
> {
  weights: Float32Array;
  /** Vectors of the optimiser, by name. */
  states: ReadonlyMap<string, Float32Array>;
  programs: Readonly<Record<file.ProgramSort, readonly StoredProgram[]>>;
  /** The description and the tensors of the file, for one like it with other weights. */
  source: { description: file.TrainingDescription; tensors: ReadonlyMap<string, StoredTensor> };
}

/** @throws FormatError with the byte; RuntimeError for a program of another version's core. */
export const readTrainingFile = (bytes: Uint8Array | ArrayBuffer, where: string): Promise<TrainingFile> =>
  readCompiledFile(bytes, where, file.TRAINING_PROGRAM, readDescription);

type Description = Readonly<Record<string, unknown>>;

function readDescription(read: Safetensors, description: Description): TrainingFile {
  const ports = readPorts(description.inputs, description.outputs);
  const labels = readList(description.labels, 'labels').map((value, i) => readLabel(value, `labels[${i}]`));
  const optimizer = readOptimizer(description.optimizer);
  const weights = readVector(read, inference.PARAMETERS, 'F32');
  const trainableLength = readCount(description.trainableLength, 'trainableLength');
  if (trainableLength > weights.length) {
    throw new DataError(`trainableLength: expected at most ${weights.length}, got ${trainableLength}`);
  }
  const figures = readObject(description.figures, 'figures');
  const counters = readObject(description.counters, 'counters');
  return {
    ...ports,
    name: readText(description.name, 'name'),
    seed: readCount(description.seed, 'seed'),
    labels,
    parameters: readList(description.parameters, 'parameters').map((value, i) =>
      readSegment(value, `parameters[${i}]`, weights.length),
    ),
    trainableLength,
    optimizer,
    counters: {
      step: readCount(counters.step, 'counters.step', 2 ** 32),
      optimizerStep: readCount(counters.optimizerStep, 'counters.optimizerStep', 2 ** 32),
    },
    figures: {
      training: readFigures(figures.training, 'figures.training'),
      evaluation: readFigures(figures.evaluation, 'figures.evaluation'),
    },
    weights,
    states: new Map(optimizer.states.map((name) => [name, readState(read, name, trainableLength)])),
    programs: readAllPrograms(read, readObject(description.programs, 'programs'), ports, labels, optimizer.states),
    source: { description: description as unknown as file.TrainingDescription, tensors: read.tensors },
  };
}

function readAllPrograms(
  read: Safetensors,
  programs: Description,
  ports: Ports,
  labels: readonly unknown[],
  states: readonly string[],
): TrainingFile['programs'] {
  const predicting = predictionRegions(ports);
  const evaluating = [...predicting, file.SUMS, file.STEP_LOSS, ...labels.map((_, i) => file.labelRegion(i))];
  const training = [...evaluating, file.GRADIENTS, file.FEEDS, ...states.map(file.optimizerRegion)];
  const readSort = (sort: file.ProgramSort, regions: readonly string[]): StoredProgram[] =>
    readPrograms(read, programs[sort], `programs.${sort}`, file.programName(sort), regions);
  const evaluation = readSort('evaluation', evaluating);
  if (evaluation.at(-1)!.rows !== 1) throw new DataError('programs.evaluation: expected one of a single sample');
  return { training: readSort('training', training), evaluation, prediction: readSort('prediction', predicting) };
}

function readLabel(value: unknown, path: string): file.LabelPort {
  const { classes, ignored } = readObject(value, path);
  return {
    ...readPort(value, path),
    ...(classes !== undefined && { classes: readCount(classes, `${path}.classes`, 2 ** 31) }),
    ...(ignored !== undefined && { ignored: readInteger(ignored, `${path}.ignored`) }),
  };
}

function readInteger(value: unknown, path: string): number {
  if (Number.isInteger(value)) return value as number;
  throw new DataError(`${path}: expected a whole number`);
}

function readOptimizer(value: unknown): file.TrainingDescription['optimizer'] {
  const { name, options, states, gradientAccumulation, feeds } = readObject(value, 'optimizer');
  if (gradientAccumulation === 0) throw new DataError('optimizer.gradientAccumulation: expected at least 1, got 0');
  return {
    name: readText(name, 'optimizer.name'),
    options: readText(options, 'optimizer.options'),
    states: readList(states, 'optimizer.states').map((state, i) => readText(state, `optimizer.states[${i}]`)),
    gradientAccumulation: readCount(gradientAccumulation, 'optimizer.gradientAccumulation', 2 ** 31),
    feeds: readCount(feeds, 'optimizer.feeds', 2 ** 16),
  };
}

function readState(read: Safetensors, name: string, length: number): Float32Array {
  const state = readVector(read, file.optimizerRegion(name), 'F32');
  if (state.length === length) return state;
  throw new DataError(`${file.optimizerRegion(name)}: expected ${length} values, got ${state.length}`);
}

function readSegment(value: unknown, path: string, length: number): file.Segment {
  const { path: name, shape: sides, offset: first } = readObject(value, path);
  const shape = readShape(sides, `${path}.shape`);
  const offset = readCount(first, `${path}.offset`, length);
  if (offset + sizeOf(shape) > length) throw new DataError(`${path}: it ends behind the ${length} values of all`);
  return { path: readText(name, `${path}.path`), shape, offset };
}

/** Sums that figures may have in all. */
const MOST_SUMS = 2 ** 16;

function readFigures(value: unknown, path: string): file.Figure[] {
  return readList(value, path).map((entry, i) => {
    const { name, offset, length } = readObject(entry, `${path}[${i}]`);
    if (length !== 1 && length !== 2) throw new DataError(`${path}[${i}].length: expected 1 or 2`);
    return {
      name: readText(name, `${path}[${i}].name`),
      offset: readCount(offset, `${path}[${i}].offset`, MOST_SUMS),
      length,
    };
  });
}
