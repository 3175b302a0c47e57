// Images as a PNG file.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PNG } from 'pngjs';
import { IMAGE_SIDE } from '../mnist/data.js';

/** A PNG of several rows of images, each pixel `scale` pixels wide; `columns` images of each row are drawn. */
export function drawRows(rows: readonly Uint8Array[], columns: number, scale = 3): Buffer {
  const side = IMAGE_SIDE * scale;
  const png = new PNG({ width: columns * side, height: rows.length * side });
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < png.width; x++) {
      const image = Math.floor(x / side);
      const [row, column] = [Math.floor((y % side) / scale), Math.floor((x % side) / scale)];
      const grey = rows[Math.floor(y / side)]![(image * IMAGE_SIDE + row) * IMAGE_SIDE + column]!;
      png.data.set([grey, grey, grey, 255], 4 * (y * png.width + x));
    }
  }
  return PNG.sync.write(png);
}

export function writePicture(path: string, png: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, png);
}
