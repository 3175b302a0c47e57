// The file of an inference program: what both its writer and its reader know. See docs/decisions/0022-inference-programs.md.

import type { SealedKind } from '../formats/sealedFile.js';
import type { DType } from '../graph/op.js';
import type { Shape } from '../graph/shape.js';

export const INFERENCE_PROGRAM: SealedKind = {
  kind: 'a program that exportInferenceProgram wrote',
  format: 'wasmgrad-inference',
  version: 1,
  description: 'program',
};

/** Regions that programs of every batch size share; inputs and outputs follow, as 'input 0', 'output 0' ... */
export const PARAMETERS = 'parameters';
export const ARENA = 'arena';
export const STATE = 'state';
/** Each program has constants of its own. */
export const CONSTANTS = 'constants';

export const inputRegion = (index: number): string => `input ${index}`;
export const outputRegion = (index: number): string => `output ${index}`;

/** Tensors of the file that belong to a program, by its name: that of a batch size is the number. */
export const wordsTensor = (program: string): string => `${program}/words`;
export const constantsTensor = (program: string): string => `${program}/constants`;
export const relocationsTensor = (program: string, region: string): string => `${program}/relocations/${region}`;

/** An input or output of the model. */
export interface Port {
  name: string;
  /** Of one sample. */
  shape: Shape;
  dtype: Extract<DType, 'float32' | 'int32'>;
}

/** A look-up, which halts the program at an index that its table does not have. */
export interface LookUp {
  /** First word of its instruction. */
  word: number;
  /** The layer. */
  layer: string;
  /** Rows of the table. */
  rows: number;
}

/** The program of one batch size. */
export interface ProgramDescription {
  rows: number;
  arenaBytes: number;
  lookUps: readonly LookUp[];
}

/** What the metadata say, as JSON. */
export interface InferenceDescription {
  library: { version: string; core: number };
  name: string;
  inputs: readonly Port[];
  outputs: readonly Port[];
  programs: readonly ProgramDescription[];
}
