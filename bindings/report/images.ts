// Pictures made of pixels, without a canvas: augmentation samples.

import { ShapeError } from '../runtime/errors.js';
import { documentOf, element, figure, type ChartOptions } from './figure.js';

/** Pictures of one size, 4 bytes a pixel: red, green, blue, opacity. */
export interface ImageSamples {
  width: number;
  height: number;
  images: readonly (Uint8Array | Uint8ClampedArray)[];
  /** What stands below each. */
  labels?: readonly string[];
  /** Pictures in a row; as many as fit by default. */
  columns?: number;
}

const HEADER = 14 + 108;

/** An image as a `data:` address: BMP with a BITMAPV4 header, whose masks put the bytes in the order of RGBA. */
export function imageAddress(rgba: ArrayLike<number>, width: number, height: number): string {
  const bytes = new Uint8Array(HEADER + 4 * width * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEADER, true);
  view.setUint32(14, 108, true);
  view.setInt32(18, width, true);
  // Below 0: rows from the top.
  view.setInt32(22, -height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 32, true);
  view.setUint32(30, 3, true);
  view.setUint32(34, 4 * width * height, true);
  [0xff, 0xff00, 0xff0000, 0xff000000].forEach((mask, i) => view.setUint32(54 + 4 * i, mask, true));
  bytes.set(Uint8Array.from(rgba), HEADER);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:image/bmp;base64,${btoa(binary)}`;
}

/**
 * Small pictures side by side, such as one image augmented several times.
 *
 * @throws ShapeError for an image that is not 4 width height bytes long.
 * @example imageSamples({ width: 28, height: 28, images, labels: ['as it is', 'epoch 1', 'epoch 2'] })
 */
export function imageSamples(
  { width, height, images, labels = [], columns }: ImageSamples,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf('imageSamples', options);
  const strip = element(document, 'div', undefined, {
    class: 'wasmgrad-images',
    style: columns
      ? `display: grid; grid-template-columns: repeat(${columns}, max-content); gap: 8px; overflow-x: auto`
      : 'display: flex; flex-wrap: wrap; gap: 8px',
  });
  const scale = Math.max(1, Math.round(84 / width));
  const rows = images.map((rgba, i) => {
    if (rgba.length !== 4 * width * height) {
      throw new ShapeError(
        `imageSamples: image ${i} has ${rgba.length} bytes, expected ${4 * width * height} for RGBA of ${width}x${height}.`,
      );
    }
    const label = labels[i] ?? String(i);
    const cell = strip.appendChild(element(document, 'div', undefined, { style: 'font-size: 11px' }));
    cell.appendChild(
      element(document, 'img', undefined, {
        src: imageAddress(rgba, width, height),
        alt: label,
        title: label,
        width: String(scale * width),
        height: String(scale * height),
        style: 'image-rendering: pixelated; display: block',
      }),
    );
    cell.appendChild(element(document, 'span', label));
    const brightness =
      Array.from(rgba).reduce((sum, byte, at) => sum + (at % 4 < 3 ? byte : 0), 0) / (3 * width * height);
    return [label, brightness] as const;
  });
  return figure(document, options.title ?? 'Augmentation samples', strip, {
    columns: ['image', 'mean of red, green, blue'],
    rows,
  });
}
