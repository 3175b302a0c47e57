// The file of a training program: what both its writer and its reader know. See docs/decisions/0025-training-programs.md.

import type { SealedKind } from '../formats/sealedFile.js';
import type { Shape } from '../graph/shape.js';
import type { Port, ProgramDescription } from '../inference/file.js';

export const TRAINING_PROGRAM: SealedKind = {
  kind: 'a program that exportTrainingProgram wrote',
  format: 'wasmgrad-training',
  version: 1,
  description: 'program',
};

/** Sorts of programs, in their names. */
export type ProgramSort = 'training' | 'evaluation' | 'prediction';

/** Name of the program of a sort for so many samples. */
export const programName =
  (sort: ProgramSort) =>
  (rows: number): string =>
    `${sort}/${rows}`;

/** Regions beside those of predictions. */
export const GRADIENTS = 'gradients';
export const SUMS = 'sums';
export const STEP_LOSS = 'stepLoss';
export const FEEDS = 'feeds';
/** The state of training programs, whose step goes on; predictions and evaluations have the other. */
export const TRAINING_STATE = 'training state';
export const labelRegion = (index: number): string => `label ${index}`;
export const optimizerRegion = (state: string): string => `optimizer ${state}`;

/** Labels of one output. */
export interface LabelPort extends Port {
  /** Class numbers lie below it. */
  classes?: number;
  /** A class number that does not count. */
  ignored?: number;
}

/** A figure of the history: sum / samples, or the quotient of two sums. */
export interface Figure {
  name: string;
  /** The first of its sums. */
  offset: number;
  length: 1 | 2;
}

/** A parameter in the flat vector. */
export interface Segment {
  path: string;
  shape: Shape;
  /** First element. */
  offset: number;
}

/** What the metadata say, as JSON. */
export interface TrainingDescription {
  library: { version: string; core: number };
  name: string;
  seed: number;
  inputs: readonly Port[];
  outputs: readonly Port[];
  labels: readonly LabelPort[];
  parameters: readonly Segment[];
  /** Elements of the vectors of gradients and states. */
  trainableLength: number;
  optimizer: {
    name: string;
    /** Its options but for the rate, as JSON: they are part of the instructions. */
    options: string;
    states: readonly string[];
    gradientAccumulation: number;
    /** Scalars that a step is fed. */
    feeds: number;
  };
  /** Batches trained on: since the model was made, and by its optimiser. */
  counters: { step: number; optimizerStep: number };
  figures: Readonly<Record<'training' | 'evaluation', readonly Figure[]>>;
  programs: Readonly<Record<ProgramSort, readonly ProgramDescription[]>>;
}
