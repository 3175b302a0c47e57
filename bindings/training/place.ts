// Where everything of a training program lies in its memory.

import { RunStateField } from '../../assembly/opcodes.js';
import { sizeOf } from '../graph/shape.js';
import * as inference from '../inference/file.js';
import { ProgramMemory, type PlacedProgram } from '../inference/programMemory.js';
import * as file from './file.js';
import type { TrainingFile } from './readFile.js';
import { sumsLength } from './sums.js';

export interface Placed {
  memory: ProgramMemory;
  programs: Readonly<Record<file.ProgramSort, readonly PlacedProgram[]>>;
  /** Address of the row of scalars that the next step is fed. */
  feeds: number;
}

/** Gives everything its place. */
export function place(stored: TrainingFile, module: WebAssembly.Module, maximumBytes: number): Placed {
  const memory = new ProgramMemory('loadTrainingProgram', 'exportTrainingProgram', module, maximumBytes);
  const { programs, weights, trainableLength, optimizer, counters, figures, inputs, outputs, labels } = stored;
  const all = Object.values(programs).flat();
  const rows = Math.max(...all.map((program) => program.rows));
  const fill = (region: string, values: Float32Array): void => {
    const address = memory.allocate(region, values.byteLength);
    memory.float32(address, values.length).set(values);
  };
  fill(inference.PARAMETERS, weights);
  for (const [name, values] of stored.states) fill(file.optimizerRegion(name), values);
  memory.allocate(file.GRADIENTS, 4 * trainableLength);
  memory.allocate(inference.ARENA, Math.max(...all.map(({ arenaBytes }) => arenaBytes)));
  memory.allocate(file.STEP_LOSS, 4);
  memory.allocate(file.SUMS, 8 * Math.max(sumsLength(figures.training), sumsLength(figures.evaluation)));
  const ports = [
    ...inputs.map((port, i) => [inference.inputRegion(i), port] as const),
    ...outputs.map((port, i) => [inference.outputRegion(i), port] as const),
    ...labels.map((port, i) => [file.labelRegion(i), port] as const),
  ];
  for (const [region, { shape }] of ports) memory.allocate(region, 4 * rows * sizeOf(shape));
  placeState(memory, inference.STATE, stored.seed, 0);
  placeState(memory, file.TRAINING_STATE, stored.seed, counters.step);
  const width = optimizer.feeds;
  const target = memory.allocate(file.FEEDS, 4 * width);
  const source = memory.allocate('next feeds', 4 * width);
  const header = { state: file.TRAINING_STATE, feeds: { source, target, width } };
  return {
    memory,
    programs: {
      training: programs.training.map((program) => memory.place(program, header)),
      evaluation: programs.evaluation.map((program) => memory.place(program)),
      prediction: programs.prediction.map((program) => memory.place(program)),
    },
    feeds: source,
  };
}

function placeState(memory: ProgramMemory, region: string, seed: number, step: number): void {
  const state = memory.uint32(memory.allocate(region, 4 * RunStateField.end), RunStateField.end);
  state[RunStateField.step] = step;
  state[RunStateField.seedLow] = seed >>> 0;
  state[RunStateField.seedHigh] = Math.floor(seed / 2 ** 32) >>> 0;
}
