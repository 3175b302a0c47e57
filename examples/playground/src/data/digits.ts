// Handwritten digits: a part of MNIST in 14 x 14 pixels, and what the reader has drawn.

import { shuffledIndices } from '../../../random.js';
import type { State } from '../state/state.js';
import { devCount, takeSamples, type SampleData } from './sampleData.js';

export const SIDE = 14;
export const PIXELS = SIDE * SIDE;

/** A digit that was drawn and named. */
export interface DrawnDigit {
  pixels: Float32Array;
  label: number;
}

/** How often a drawn digit is put among the others, so that it counts for something. */
const COPIES = 10;

/** The file that digits.ts of the playground writes: for each picture its label and its pixels, a byte each. */
export function digitData(file: Uint8Array, state: State, drawn: readonly DrawnDigit[]): SampleData {
  const size = PIXELS + 1;
  if (file.length === 0 || file.length % size !== 0) throw new Error('The file of digits is damaged.');
  const available = file.length / size;
  const count = Math.min(state.samples, available);
  const order = shuffledIndices(available, state.seed).subarray(0, count);
  const x = new Float32Array(count * PIXELS);
  const y = new Int32Array(count);
  order.forEach((index, i) => {
    const at = index * size;
    y[i] = file[at]!;
    for (let p = 0; p < PIXELS; p++) x[i * PIXELS + p] = file[at + 1 + p]! / 255;
  });
  const indices = Int32Array.from({ length: count }, (_, i) => i);
  const held = devCount(count, state.dev);
  return {
    train: withDrawn(takeSamples(x, y, indices.subarray(held)), drawn),
    dev: takeSamples(x, y, indices.subarray(0, held)),
    shape: [SIDE, SIDE, 1],
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    features: [],
    extent: undefined,
    notes: drawn.length ? [`${drawn.length} drawn by you, ${COPIES} times each.`] : [],
  };
}

function withDrawn(train: SampleData['train'], drawn: readonly DrawnDigit[]): SampleData['train'] {
  const added = drawn.length * COPIES;
  const x = new Float32Array(train.x.length + added * PIXELS);
  const y = new Int32Array(train.y.length + added);
  x.set(train.x);
  y.set(train.y);
  for (let i = 0; i < added; i++) {
    const { pixels, label } = drawn[i % drawn.length]!;
    x.set(pixels, (train.y.length + i) * PIXELS);
    y[train.y.length + i] = label;
  }
  return { x, y };
}
