// Event files of TensorBoard: records of TensorFlow (length, data, and a masked CRC of each) that hold Event messages.
// Field numbers are those of tensorboard/compat/proto: event.proto, summary.proto, histogram.proto.

import { crc32c } from './crc.js';
import { encodePng } from './png.js';
import {
  bytesField,
  concatBytes,
  doubleField,
  doublesField,
  floatField,
  messageField,
  textField,
  uintField,
  type Bytes,
} from '../formats/protobuf/write.js';

/** An image of four bytes a pixel, as a canvas' ImageData. */
export interface EventImage {
  width: number;
  height: number;
  data: ArrayLike<number>;
}

/** Buckets of a histogram. */
const BUCKETS = 30;

function maskedCheck(bytes: Uint8Array): Bytes {
  const crc = crc32c(bytes);
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true);
  return new Uint8Array(view.buffer);
}

function record(data: Uint8Array): Bytes {
  const header = new DataView(new ArrayBuffer(8));
  header.setUint32(0, data.length, true);
  const length = new Uint8Array(header.buffer);
  return concatBytes([length, maskedCheck(length), data, maskedCheck(data)]);
}

/** The record that an event file begins with. `wallTime` in seconds since 1970. */
export const versionRecord = (wallTime: number): Bytes =>
  record(concatBytes([doubleField(1, wallTime), textField(3, 'brain.Event:2')]));

/** A record with the values of a step. */
export const summaryRecord = (wallTime: number, step: number, values: readonly Uint8Array[]): Bytes =>
  record(concatBytes([doubleField(1, wallTime), uintField(2, step), messageField(5, ...values)]));

const valueOf = (tag: string, content: Uint8Array): Bytes => messageField(1, textField(1, tag), content);

export const scalarValue = (tag: string, value: number): Bytes => valueOf(tag, floatField(2, value));

export const imageValue = (tag: string, { width, height, data }: EventImage): Bytes => {
  const png = bytesField(4, encodePng(width, height, data));
  return valueOf(tag, messageField(4, uintField(1, height), uintField(2, width), uintField(3, 4), png));
};

/** Buckets of equal width from the least to the greatest value; what is not finite is left out. */
export function histogramValue(tag: string, values: ArrayLike<number>): Bytes {
  const finite = Array.from(values).filter(Number.isFinite);
  let [minimum, maximum, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (const value of finite) {
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    sum += value;
    squares += value * value;
  }
  if (finite.length === 0) minimum = maximum = 0;
  const width = (maximum - minimum) / BUCKETS;
  const count = width > 0 ? BUCKETS : 1;
  const buckets = new Array<number>(count).fill(0);
  for (const value of finite) {
    buckets[width > 0 ? Math.min(count - 1, Math.floor((value - minimum) / width)) : 0]! += 1;
  }
  const limits = buckets.map((_, i) => (i === count - 1 ? maximum : minimum + (i + 1) * width));
  const figures = [minimum, maximum, finite.length, sum, squares].map((value, i) => doubleField(i + 1, value));
  return valueOf(tag, messageField(5, ...figures, doublesField(6, limits), doublesField(7, buckets)));
}
