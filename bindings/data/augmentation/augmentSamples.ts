// Augmentation outside of training: to look at what a list of augmentations does.

import { Graph } from '../../graph/graph.js';
import { runGraph } from '../../graph/runGraph.js';
import { formatShape, sizeOf, type Shape } from '../../graph/shape.js';
import { opRules } from '../../ops/index.js';
import { DataError, OptionError, ShapeError } from '../../runtime/errors.js';
import { getRuntime } from '../../runtime/runtime.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { flatten, type ArrayData } from '../arrays.js';
import { augmentBatch } from './augmentBatch.js';
import type { Augmentation } from './augmentation.js';

export interface AugmentSamplesOptions {
  /** Seed of the model whose training is looked at; 0 by default. */
  seed?: number;
  /** 0 by default. */
  epoch?: number;
  /** The number of each sample in its data set; 0, 1, 2 ... by default. */
  numbers?: readonly number[];
}

const OPTIONS = ['seed', 'epoch', 'numbers'];

/**
 * What training with `fit({ augment })` sees of samples in an epoch, for the same seed and the numbers that they have in the
 * training data.
 *
 * @param x Samples with their shape: nested arrays, or `{ data, shape }`.
 * @returns Samples of the same shape.
 * @throws ShapeError for samples that the augmentations are not for; DataError for none.
 * @example const { data, shape } = augmentSamples({ data: x, shape: [8, 28, 28] }, [randomRotation({ degrees: 10 })], { epoch: 3 });
 */
export function augmentSamples(
  x: ArrayData,
  augmentations: readonly Augmentation[],
  options: AugmentSamplesOptions = {},
): { data: Float32Array; shape: Shape } {
  return augmentNamed('augmentSamples', x, augmentations, options);
}

function augmentNamed(
  where: string,
  x: ArrayData,
  augmentations: readonly Augmentation[],
  options: AugmentSamplesOptions,
): { data: Float32Array; shape: Shape } {
  checkOptions(where, options, OPTIONS);
  const { seed = 0, epoch = 0 } = options;
  checkNumber(where, 'seed', seed, { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber(where, 'epoch', epoch, { minimum: 0, maximum: 2 ** 31 - 1, integer: true });
  const { flat, shape } = flatten(`${where}: x`, x);
  if (!shape) throw new ShapeError(`${where}: x is a flat array. Give its shape: { data, shape: [n, ...sample] }.`);
  const count = shape[0] ?? 0;
  if (sizeOf(shape) === 0) throw new DataError(`${where}: x of shape ${formatShape(shape)} is empty.`);
  const numbers = options.numbers ?? Array.from({ length: count }, (_, i) => i);
  if (numbers.length !== count) {
    throw new OptionError(`${where}: numbers has ${numbers.length} entries for ${count} samples. Give one each.`);
  }
  const graph = new Graph(opRules);
  const leaf = (region: string, side: Shape, dtype: 'float32' | 'int32') =>
    graph.leaf(side, dtype, { region, byteOffset: 0 });
  const identity = { numbers: leaf('numbers', [count], 'int32'), epoch: leaf('epoch', [], 'int32') };
  const result = augmentBatch(where, leaf('x', shape, 'float32'), augmentations, identity);
  const given = new Map([
    ['x', { shape, data: Float32Array.from(flat) }],
    ['numbers', { shape: [count], data: Int32Array.from(numbers) }],
    ['epoch', { shape: [], data: Int32Array.of(epoch) }],
  ]);
  const results = runGraph(getRuntime(), graph, given, new Map([['result', result]]), { seed });
  return { shape, data: results.get('result')!.data as Float32Array };
}

export interface PreviewAugmentationOptions extends AugmentSamplesOptions {
  /** Values that are shown black and white; [0, 1] by default. */
  range?: readonly [number, number];
}

/** A picture as a canvas takes it: `new ImageData(data, width, height)`. */
export interface PreviewImage {
  /** Red, green, blue and alpha of each pixel, row by row. */
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

/**
 * Augmented images for a canvas, one each: grey of one channel, or red, green, blue (and alpha) of three (or four).
 *
 * @param images [n, height, width] or [n, height, width, channels], as nested arrays or `{ data, shape }`.
 * @throws ShapeError for what are no images of 1, 3 or 4 channels.
 * @example
 * const [picture] = previewAugmentation({ data: x, shape: [1, 28, 28] }, [randomRotation({ degrees: 10 })], { epoch: 3 });
 * canvas.getContext('2d').putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
 */
export function previewAugmentation(
  images: ArrayData,
  augmentations: readonly Augmentation[],
  options: PreviewAugmentationOptions = {},
): PreviewImage[] {
  const where = 'previewAugmentation';
  checkOptions(where, options, [...OPTIONS, 'range']);
  const { range = [0, 1], ...rest } = options;
  const [black, white] = range.map((value, i) => checkNumber(where, `range[${i}]`, value)) as [number, number];
  if (black >= white) throw new OptionError(`${where}: range must be [black, white], got [${black}, ${white}].`);
  const { data, shape } = augmentNamed(where, images, augmentations, rest);
  const [count, height, width, channels = 1] = shape as [number, number, number, number?];
  if (shape.length < 3 || shape.length > 4 || ![1, 3, 4].includes(channels)) {
    throw new ShapeError(
      `${where}: expected images [n, height, width] or [n, height, width, 1, 3 or 4 channels], got ${formatShape(shape)}.`,
    );
  }
  const pixels = height * width;
  return Array.from({ length: count }, (_, image) => {
    const rgba = new Uint8ClampedArray(4 * pixels);
    for (let i = 0; i < 4 * pixels; i++) {
      const channel = channels === 1 ? 0 : i % 4;
      const value = data[(image * pixels + (i >> 2)) * channels + channel]!;
      const isOpaque = i % 4 === 3 && channels < 4;
      rgba[i] = isOpaque ? 255 : ((value - black) / (white - black)) * 255;
    }
    return { data: rgba, width, height };
  });
}
