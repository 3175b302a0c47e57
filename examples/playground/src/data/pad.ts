// From strokes to a picture like those of MNIST: 20 of 28 pixels high, its centre of mass in the middle, then half as large.

import { PIXELS, SIDE } from './digits.js';

/** Pixels a side of the pad. */
export const PAD_SIDE = 112;

/** Share of the picture's side that the longer side of the digit takes. */
const FILL = 20 / 28;

/** The ink of the pad, 0 to 1, as a picture that the net reads; undefined where there is no ink. */
export function centred(ink: Float32Array): Float32Array | undefined {
  let [left, right, top, bottom, mass, sumX, sumY] = [PAD_SIDE, -1, PAD_SIDE, -1, 0, 0, 0];
  ink.forEach((value, i) => {
    if (value < 0.05) return;
    const [x, y] = [i % PAD_SIDE, Math.floor(i / PAD_SIDE)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    mass += value;
    sumX += value * (x + 0.5);
    sumY += value * (y + 0.5);
  });
  if (mass === 0) return undefined;
  // Pixels of the pad in one pixel of the picture.
  const scale = Math.max(right - left + 1, bottom - top + 1) / (SIDE * FILL);
  const originX = sumX / mass - (scale * SIDE) / 2;
  const originY = sumY / mass - (scale * SIDE) / 2;
  const picture = new Float32Array(PIXELS);
  const parts = Math.max(2, Math.ceil(scale));
  for (let p = 0; p < PIXELS; p++) {
    let sum = 0;
    for (let k = 0; k < parts * parts; k++) {
      const x = Math.floor(originX + scale * ((p % SIDE) + ((k % parts) + 0.5) / parts));
      const y = Math.floor(originY + scale * (Math.floor(p / SIDE) + (Math.floor(k / parts) + 0.5) / parts));
      if (x >= 0 && y >= 0 && x < PAD_SIDE && y < PAD_SIDE) sum += ink[y * PAD_SIDE + x]!;
    }
    picture[p] = sum / (parts * parts);
  }
  return picture;
}
