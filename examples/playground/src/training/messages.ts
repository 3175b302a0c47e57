// What page and worker say to each other.

import type { CsvInput } from '../data/csvData.js';
import type { DrawnDigit } from '../data/digits.js';
import type { ExportName } from '../exports.js';
import type { State } from '../state/state.js';
import type { Frame } from './frame.js';
import type { Outcome } from './session.js';

/** Everything that a run depends on. */
export interface RunRequest {
  state: State;
  csv: CsvInput | undefined;
  drawn: readonly DrawnDigit[];
}

/** What is drawn of the data, and said of them. */
export interface DataView {
  trainCount: number;
  devCount: number;
  classes: readonly string[];
  features: readonly string[];
  extent: number | undefined;
  /** The first two features of every sample; empty for pictures. */
  train: { points: Float32Array; labels: Int32Array };
  dev: { points: Float32Array; labels: Int32Array };
  notes: readonly string[];
  parameters: number;
}

/** `run` is the number of the run that a message is about: what comes late from an older one is dropped. */
export type ToWorker =
  | { type: 'configure'; run: number; request: RunRequest; epochsPerSecond: number }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'step' }
  | { type: 'drawn' }
  | { type: 'speed'; epochsPerSecond: number }
  | { type: 'predict'; id: number; pixels: Float32Array }
  | { type: 'sample'; id: number; index: number }
  | { type: 'export'; id: number; name: ExportName };

export type FromWorker =
  | { type: 'ready'; run: number; data: DataView }
  | { type: 'frame'; run: number; frame: Frame }
  | { type: 'done'; run: number; outcome: Outcome }
  | { type: 'failed'; run: number; message: string }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refused'; id: number; message: string };
