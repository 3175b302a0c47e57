// Event files, read back by a reader of its own that checks lengths and CRCs bit by bit.

import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { dense, OptionError, sequential, tensorBoard, type EventImage } from '../../bindings/index.js';
import { drawSamples, expectError } from '../model/support.js';

/** CRC-32C a bit at a time, high bit first on reflected input: no table. */
function crc32c(bytes: Uint8Array): number {
  const reflect = (value: number, bits: number) => {
    let result = 0;
    for (let i = 0; i < bits; i++) if ((value >>> i) & 1) result |= 1 << (bits - 1 - i);
    return result >>> 0;
  };
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= reflect(byte, 8) << 24;
    for (let bit = 0; bit < 8; bit++) rest = rest & 0x80000000 ? (rest << 1) ^ 0x1edc6f41 : rest << 1;
  }
  return (reflect(rest, 32) ^ 0xffffffff) >>> 0;
}

const masked = (bytes: Uint8Array): number => {
  const crc = BigInt(crc32c(bytes));
  return Number(((((crc >> 15n) | (crc << 17n)) & 0xffffffffn) + 0xa282ead8n) & 0xffffffffn);
};

function* records(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(masked(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(masked(data));
    yield data;
    at += 16 + length;
  }
}

type Field = number | Uint8Array;

/** Fields of a message by number. */
function parse(bytes: Uint8Array): Map<number, Field[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  const read = (wireType: number): Field => {
    if (wireType === 0) return varint();
    const size = wireType === 1 ? 8 : wireType === 5 ? 4 : varint();
    const from = at;
    at += size;
    if (wireType === 1) return view.getFloat64(from, true);
    return wireType === 5 ? view.getFloat32(from, true) : bytes.subarray(from, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const values = fields.get(tag >>> 3) ?? [];
    fields.set(tag >>> 3, [...values, read(tag & 7)]);
  }
  return fields;
}

const one = (fields: Map<number, Field[]>, field: number) => fields.get(field)![0]!;
const text = (value: Field) => new TextDecoder().decode(value as Uint8Array);
const doubles = (value: Field) => [...new Float64Array((value as Uint8Array).slice().buffer)];

test('the reader: vectors of RFC 3720', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('scalars, histograms of weights and gradients, images', async () => {
  const pieces: Uint8Array[] = [];
  const { x, y } = drawSamples(12, 3);
  using net = sequential([dense(50, { inputShape: [3] }), dense(1)], { seed: 3 });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  // Larger than a stored block of deflate.
  const [width, height] = [131, 140];
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i * 7 + (i >> 8)) & 255);
  const images = (epoch: number): Record<string, EventImage> =>
    epoch === 1 ? { 'samples/ä': { width, height, data } } : {};
  const callback = tensorBoard({ write: (bytes) => void pieces.push(bytes), histograms: 2, images });
  const before = Date.now() / 1000;
  const { history } = await net.fit(x, y, { epochs: 3, validationSplit: 0.25, callbacks: [callback] });

  const events = [...records(new Uint8Array(Buffer.concat(pieces)))].map(parse);
  expect(text(one(events[0]!, 3))).toBe('brain.Event:2');
  expect(events.slice(1).map((event) => one(event, 2))).toEqual([0, 1, 2]);
  for (const event of events) expect(one(event, 1)).toBeGreaterThanOrEqual(before);

  const valuesOf = (event: Map<number, Field[]>) =>
    new Map(
      parse(one(event, 5) as Uint8Array)
        .get(1)!
        .map((bytes) => parse(bytes as Uint8Array))
        .map((value) => [text(one(value, 1)), value]),
    );
  const epochs = events.slice(1).map(valuesOf);
  epochs.forEach((values, epoch) => {
    for (const name of ['loss', 'val_loss']) {
      expect(one(values.get(name)!, 2)).toBe(Math.fround(history[name]![epoch]!));
    }
    expect(values.has('gradients/dense_1/kernel')).toBe(epoch !== 1);
  });

  const check = (tag: string, values: Float32Array) => {
    const histogram = parse(one(epochs[2]!.get(tag)!, 5) as Uint8Array);
    const [minimum, maximum] = [Math.min(...values), Math.max(...values)];
    const sum = values.reduce((total, value) => total + value, 0);
    expect([1, 2, 3].map((field) => one(histogram, field))).toEqual([minimum, maximum, values.length]);
    expect(one(histogram, 4)).toBeCloseTo(sum, 9);
    expect(one(histogram, 5)).toBeCloseTo(
      values.reduce((total, value) => total + value * value, 0),
      9,
    );
    const limits = doubles(one(histogram, 6));
    const counts = doubles(one(histogram, 7));
    expect(counts).toHaveLength(limits.length);
    expect(counts.reduce((total, count) => total + count, 0)).toBe(values.length);
    expect(limits.at(-1)).toBe(maximum);
    limits.forEach((limit, i) => expect(limit).toBeGreaterThanOrEqual(limits[i - 1] ?? minimum));
  };
  for (const [path, values] of Object.entries(net.parameters())) check(path, values);
  for (const [path, values] of Object.entries(net.gradients())) check(`gradients/${path}`, values);

  const image = parse(one(epochs[1]!.get('samples/ä')!, 4) as Uint8Array);
  expect([1, 2, 3].map((field) => one(image, field))).toEqual([height, width, 4]);
  const png = PNG.sync.read(Buffer.from(one(image, 4) as Uint8Array));
  expect([png.width, png.height]).toEqual([width, height]);
  expect(new Uint8Array(png.data)).toEqual(new Uint8Array(data));
});

test('wrong options are told', async () => {
  const make = () => tensorBoard({ write: () => 0, histograms: -1 });
  await expectError(make, OptionError, 'INVALID_OPTION', 'histograms');
  await expectError(() => tensorBoard({ write: 'logs' as never }), OptionError, 'INVALID_OPTION', 'write');
});
