// Writes the part of MNIST that the page ships: the first pictures of the training set, four pixels made one.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadMnist, IMAGE_SIDE } from '../mnist/data.js';
import { PIXELS, SIDE } from './src/data/digits.js';

const COUNT = 1000;

/** The bytes that `digitData` reads. */
export function makeDigits(): Uint8Array {
  const { images, labels } = loadMnist().train;
  const file = new Uint8Array(COUNT * (PIXELS + 1));
  for (let k = 0; k < COUNT; k++) {
    const at = k * (PIXELS + 1);
    file[at] = labels[k]!;
    for (let p = 0; p < PIXELS; p++) {
      const corner = k * IMAGE_SIDE * IMAGE_SIDE + 2 * Math.floor(p / SIDE) * IMAGE_SIDE + 2 * (p % SIDE);
      const four = [0, 1, IMAGE_SIDE, IMAGE_SIDE + 1].reduce((sum, offset) => sum + images[corner + offset]!, 0);
      file[at + 1 + p] = Math.round(four / 4);
    }
  }
  return file;
}

export const digitsFile = new URL('../../build/playground-assets/digits.bin', import.meta.url);

/** Writes the file for Vite to find. */
export function writeDigits(): void {
  mkdirSync(dirname(digitsFile.pathname), { recursive: true });
  writeFileSync(digitsFile, makeDigits());
}
