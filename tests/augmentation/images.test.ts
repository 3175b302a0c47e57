// What each augmentation of images does, by pictures whose result can be told.

import { describe, expect, test } from 'vitest';
import {
  augmentSamples,
  clipValues,
  previewAugmentation,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomCutout,
  randomElasticTransform,
  randomFlip,
  randomGaussianNoise,
  randomHue,
  randomResizedCrop,
  randomRotation,
  randomSaltAndPepper,
  randomSaturation,
  randomShear,
  randomTranslation,
  randomZoom,
  OptionError,
  ShapeError,
  type Augmentation,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

/** One picture of rows, as its augmentation. */
function augment(rows: readonly (readonly number[])[], ...augmentations: Augmentation[]): number[][] {
  const { data } = augmentSamples([rows], augmentations);
  const width = rows[0]!.length;
  return rows.map((_, y) => [...data.slice(y * width, (y + 1) * width)]);
}

const PICTURE = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];

describe('geometry', () => {
  test.each<[string, Augmentation, number[][]]>([
    ['rotation by 90 degrees is anticlockwise', randomRotation({ degrees: [90, 90] }), [[3, 6, 9], [2, 5, 8], [1, 4, 7]]], // prettier-ignore
    ['rotation by two turns', randomRotation({ degrees: [720, 720] }), PICTURE],
    ['translation down', randomTranslation({ height: [1 / 3, 1 / 3], width: 0 }), [[0, 0, 0], [1, 2, 3], [4, 5, 6]]], // prettier-ignore
    ['translation left, nearest', randomTranslation({ height: 0, width: [-1 / 3, -1 / 3], fillMode: 'nearest' }), [[2, 3, 3], [5, 6, 6], [8, 9, 9]]], // prettier-ignore
    ['translation left, wrap', randomTranslation({ height: 0, width: [-1 / 3, -1 / 3], fillMode: 'wrap' }), [[2, 3, 1], [5, 6, 4], [8, 9, 7]]], // prettier-ignore
    ['translation left, reflect', randomTranslation({ height: 0, width: [-2 / 3, -2 / 3], fillMode: 'reflect' }), [[3, 3, 2], [6, 6, 5], [9, 9, 8]]], // prettier-ignore
    ['translation with a value', randomTranslation({ height: 0, width: [1 / 3, 1 / 3], fillValue: -1 }), [[-1, 1, 2], [-1, 4, 5], [-1, 7, 8]]], // prettier-ignore
    ['zoom by 2', randomZoom({ factor: [2, 2] }), [[3, 3.5, 4], [4.5, 5, 5.5], [6, 6.5, 7]]], // prettier-ignore
    ['horizontal flip', randomFlip({ probability: 1 }), [[3, 2, 1], [6, 5, 4], [9, 8, 7]]], // prettier-ignore
    ['vertical flip', randomFlip({ probability: 1, mode: 'vertical' }), [[7, 8, 9], [4, 5, 6], [1, 2, 3]]], // prettier-ignore
    ['shear', randomShear({ x: [1, 1] }), [[2, 3, 0], [4, 5, 6], [0, 7, 8]]], // prettier-ignore
  ])('%s', (_, augmentation, expected) => {
    augment(PICTURE, augmentation)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i]!, 5));
  });

  test('neighbours compose to what they do one after the other', () => {
    const [turn, shift] = [
      randomRotation({ degrees: [90, 90] }),
      randomTranslation({ height: [1 / 3, 1 / 3], width: 0 }),
    ];
    // Turned, then shifted; a value augmentation between them makes two warps of one.
    const expected = [[0, 0, 0], [3, 6, 9], [2, 5, 8]]; // prettier-ignore
    for (const list of [
      [turn, shift],
      [turn, clipValues(-99, 99), shift],
    ]) {
      augment(PICTURE, ...list)
        .flat()
        .forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i]!, 5));
    }
    expect(augment(PICTURE, shift, turn)).not.toEqual(augment(PICTURE, turn, shift));
  });

  test('flips both ways by a coin each', () => {
    const count = 800;
    const { data } = augmentSamples(
      Array.from({ length: count }, () => PICTURE),
      [randomFlip({ mode: 'both' })],
    );
    for (const corner of [1, 3, 7, 9]) {
      const hits = Array.from({ length: count }, (_, i) => data[9 * i]).filter((value) => value === corner).length;
      expect(Math.abs(hits - count / 4)).toBeLessThan(5 * Math.sqrt(count * 0.1875));
    }
  });

  test('crop shifts by every whole number of pixels up to the padding, alike often', () => {
    const count = 2000;
    const rows = Array.from({ length: count }, () => [[10, 11, 12, 13, 14]]);
    const { data } = augmentSamples(rows, [randomCrop({ padding: 2 })]);
    const shifts = Array.from({ length: count }, (_, i) => data.slice(5 * i, 5 * i + 5))
      .filter((row) => row.some((value) => value > 0))
      .map((row) => row.findIndex((value) => value > 0) - (row.find((value) => value > 0)! - 10));
    // The one row is seen in a fifth of the vertical shifts.
    expect(Math.abs(shifts.length - count / 5)).toBeLessThan(5 * Math.sqrt(count * 0.16));
    for (const shift of [-2, -1, 0, 1, 2]) {
      const hits = shifts.filter((one) => one === shift).length;
      expect(Math.abs(hits - shifts.length / 5)).toBeLessThan(5 * Math.sqrt(shifts.length * 0.16));
    }
    expect(data.every((value) => Number.isInteger(value))).toBe(true);
  });

  test('a resized crop stays inside the image, and has the shares that were asked for', () => {
    const side = 33;
    const ramp = Array.from({ length: side }, (_, y) => Array.from({ length: side }, (__, x) => 1000 * y + x));
    const count = 200;
    const { data } = augmentSamples(
      Array.from({ length: count }, () => ramp),
      [randomResizedCrop({ area: [0.25, 0.5] })],
    );
    for (let i = 0; i < count; i++) {
      const at = (y: number, x: number) => data[(i * side + y) * side + x]!;
      const [low, high] = [at(0, 0), at(side - 1, side - 1)];
      expect(low).toBeGreaterThanOrEqual(-0.5);
      expect(high).toBeLessThanOrEqual(1000 * side);
      const tall = (at(side - 1, 0) - at(0, 0)) / 1000 / (side - 1);
      const wide = (at(0, side - 1) - at(0, 0)) / (side - 1);
      expect(tall * wide).toBeGreaterThan(0.24);
      expect(tall * wide).toBeLessThan(0.52);
      expect(wide / tall).toBeGreaterThan(0.74);
      expect(wide / tall).toBeLessThan(1.35);
    }
  });

  test('an elastic transform moves by alpha times smooth noise', () => {
    const side = 28;
    const ramp = Array.from({ length: side }, () => Array.from({ length: side }, (_, x) => x));
    const moved = augment(ramp, randomElasticTransform({ alpha: 20, sigma: 3, fillMode: 'nearest' }));
    const shifts = moved.map((row) => row.map((value, x) => value - x));
    const inner = shifts.slice(6, -6).flatMap((row) => row.slice(6, -6));
    expect(Math.max(...inner.map(Math.abs))).toBeGreaterThan(0.5);
    // Uniform noise of variance 1/3, smoothed in two directions: standard deviation alpha sqrt(1/3) / (2 sigma sqrt(pi)).
    const deviation = Math.sqrt(inner.reduce((sum, shift) => sum + shift * shift, 0) / inner.length);
    expect(deviation / ((20 * Math.sqrt(1 / 3)) / (6 * Math.sqrt(Math.PI)))).toBeGreaterThan(0.4);
    expect(deviation / ((20 * Math.sqrt(1 / 3)) / (6 * Math.sqrt(Math.PI)))).toBeLessThan(2);
    // Smooth: neighbours move almost alike.
    const steps = shifts
      .slice(6, -6)
      .flatMap((row) => row.slice(7, -6).map((shift, i) => Math.abs(shift - row[i + 6]!)));
    expect(Math.max(...steps)).toBeLessThan(1.2);
  });

  test('fills that cannot be had together are refused', () => {
    const list = [randomRotation({ fillMode: 'reflect' }), randomZoom({ fillValue: 1 })];
    expect(() => augment(PICTURE, ...list)).toThrow(
      /randomRotation has fillMode 'reflect' and randomZoom 'constant' with 1/,
    );
    expect(augment(PICTURE, randomRotation({ degrees: 0, fillMode: 'reflect' }), randomZoom({ factor: 0 }))).toEqual(
      PICTURE,
    );
  });
});

describe('values', () => {
  const count = 500;
  const flat = (value: number, shape: number[]) => ({
    data: new Float32Array(count * shape.reduce((a, b) => a * b)).fill(value),
    shape: [count, ...shape],
  });
  /** First value of each sample of 12. */
  const firsts = (data: Float32Array) => Array.from({ length: count }, (_, i) => data[12 * i]!);
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

  test('brightness: one number a sample, uniform in its range', () => {
    const { data } = augmentSamples(flat(1, [2, 2, 3]), [randomBrightness({ delta: [-0.2, 0.6] })]);
    const deltas = firsts(data).map((value) => value - 1);
    expect(Math.min(...deltas)).toBeGreaterThan(-0.2001);
    expect(Math.min(...deltas)).toBeLessThan(-0.18);
    expect(Math.max(...deltas)).toBeLessThan(0.6001);
    expect(Math.max(...deltas)).toBeGreaterThan(0.58);
    expect(Math.abs(mean(deltas) - 0.2)).toBeLessThan((5 * 0.8) / Math.sqrt(12 * count));
    data.forEach((value, i) => expect(value).toBe(data[i - (i % 12)]));
  });

  test('contrast keeps the mean of each channel and stretches the rest', () => {
    const image = [[[1, 10], [3, 30]]]; // prettier-ignore
    const { data } = augmentSamples([image], [randomContrast({ factor: [2, 2] })]);
    [0, 0, 4, 40].forEach((value, i) => expect(data[i]).toBeCloseTo(value, 5));
  });

  test('saturation and hue keep the luma, and grey stays grey', () => {
    const image = [[[0.9, 0.2, 0.4], [0.5, 0.5, 0.5]]]; // prettier-ignore
    const luma = (rgb: ArrayLike<number>) => 0.299 * rgb[0]! + 0.587 * rgb[1]! + 0.114 * rgb[2]!;
    for (const one of [
      randomSaturation({ factor: [0, 0] }),
      randomSaturation({ factor: [2, 2] }),
      randomHue({ degrees: [70, 70] }),
    ]) {
      const { data } = augmentSamples([image], [one]);
      expect(luma(data)).toBeCloseTo(luma(image[0]![0]!), 3);
      [0.5, 0.5, 0.5].forEach((value, i) => expect(data[3 + i]).toBeCloseTo(value, 3));
      expect(Math.abs(data[0]! - 0.9)).toBeGreaterThan(0.05);
    }
    const { data: full } = augmentSamples([image], [randomHue({ degrees: [360, 360] })]);
    image.flat(2).forEach((value, i) => expect(full[i]).toBeCloseTo(value, 5));
    const { data: grey } = augmentSamples([image], [randomSaturation({ factor: [0, 0] })]);
    expect(grey[0]).toBeCloseTo(grey[1]!, 5);
  });

  test('noise has the deviation that is asked for, and none where it is 0', () => {
    const { data } = augmentSamples(flat(0, [2, 2, 3]), [randomGaussianNoise({ stddev: 0.3 })]);
    expect(Math.abs(mean(data))).toBeLessThan((5 * 0.3) / Math.sqrt(data.length));
    expect(mean(data.map((value) => value * value))).toBeCloseTo(0.09, 2);
    expect(
      augmentSamples(flat(0, [2, 2, 3]), [randomGaussianNoise({ stddev: 0 })]).data.every((value) => value === 0),
    ).toBe(true);
  });

  test('salt and pepper: whole pixels, the share that is asked for', () => {
    const { data } = augmentSamples(flat(0.5, [2, 2, 3]), [randomSaltAndPepper({ amount: 0.2, salt: 7, pepper: -7 })]);
    const pixels = 4 * count;
    const share = (value: number) => data.filter((one) => one === value).length / 3 / pixels;
    for (const value of [7, -7]) expect(Math.abs(share(value) - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / pixels));
    for (let i = 0; i < data.length; i += 3) expect([data[i], data[i]]).toEqual([data[i + 1], data[i + 2]]);
  });

  test('cutout: a square of the size, cut at the border', () => {
    const side = 10;
    const { data } = augmentSamples(flat(1, [side, side, 1]), [randomCutout({ size: 0.4 })]);
    const areas = Array.from(
      { length: count },
      (_, i) => data.slice(i * 100, i * 100 + 100).filter((value) => value === 0).length,
    );
    // 4 by 4 where the centre is 2 or more from the border: 7 of 10 places each way.
    expect(Math.max(...areas)).toBe(16);
    const inner = areas.filter((area) => area === 16).length;
    expect(Math.abs(inner - 0.49 * count)).toBeLessThan(5 * Math.sqrt(count) * 0.5);
    expect(Math.min(...areas)).toBe(4);
  });

  test('clipping', () => {
    const { data } = augmentSamples([[[-5, 0.5, 5]]], [clipValues(0, 1)]);
    expect([...data]).toEqual([0, 0.5, 1]);
    expect(() => clipValues(1, 1)).toThrow(OptionError);
  });
});

describe('what is refused', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['a range out of order', () => randomRotation({ degrees: [10, -10] }), /randomRotation: degrees must be \[least, largest\], got \[10, -10\]. Turn it round/],
    ['a range of three', () => randomZoom({ factor: [1, 2, 3] as unknown as [number, number] }), /factor must be a number or \[least, largest\], got an array of 3/],
    ['a factor of 0', () => randomZoom({ factor: 1 }), /randomZoom: factor must be a finite number > 0, got 0/],
    ['a shift beyond the image', () => randomTranslation({ width: 2 }), /width must be a finite number >= -1 and <= 1, got -2/],
    ['an unknown fill', () => randomShear({ fillMode: 'mirror' as 'wrap' }), /unknown fillMode 'mirror'/],
    ['a value that is not used', () => randomShear({ fillMode: 'wrap', fillValue: 1 }), /fillValue is for fillMode 'constant', got 'wrap'/],
    ['an unknown mode', () => randomFlip({ mode: 'diagonal' as 'both' }), /unknown mode 'diagonal'/],
    ['half a pixel', () => randomCrop({ padding: 1.5 }), /padding must be a whole number >= 0, got 1.5/],
    ['negative noise', () => randomGaussianNoise({ stddev: -1 }), /stddev\[0\] must be a finite number >= 0, got -1/],
    ['no smoothing', () => randomElasticTransform({ sigma: 0 }), /sigma must be a finite number > 0, got 0/],
  ])('%s', (_, make, message) => expect(make).toThrow(message)); // prettier-ignore

  test('colours of what has none', () => {
    expect(() => augment(PICTURE, randomHue())).toThrow(ShapeError);
    expect(() => augment(PICTURE, randomSaturation())).toThrow(/3 channels.*got 1/);
  });
});

describe('preview', () => {
  test('grey, colours and a range of their own, as a canvas takes them', () => {
    const [grey] = previewAugmentation([[[0, 0.5, 1]]], []);
    expect(grey).toEqual({ width: 3, height: 1, data: Uint8ClampedArray.of(0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255) }); // prettier-ignore
    const [colour] = previewAugmentation([[[[255, 0, 51]]]], [], { range: [0, 255] });
    expect([...colour!.data]).toEqual([255, 0, 51, 255]);
    const [transparent] = previewAugmentation([[[[1, 0, 1, 0.2]]]], []);
    expect([...transparent!.data]).toEqual([255, 0, 255, 51]);
  });

  test('is what the samples become', () => {
    const x = { data: drawValues(3 * 16, 1).map((value) => Math.abs(value)), shape: [3, 4, 4, 1] };
    const list = [randomRotation(), randomBrightness()];
    const options = { seed: 3, epoch: 4, numbers: [7, 8, 9] };
    const { data } = augmentSamples(x, list, options);
    const images = previewAugmentation(x, list, options);
    expect(images).toHaveLength(3);
    images.forEach((image, i) => {
      const expected = Uint8ClampedArray.from(data.slice(16 * i, 16 * i + 16), (value) => value * 255);
      expect(image.data.filter((_, k) => k % 4 === 0)).toEqual(expected);
    });
  });

  test('says what is no image', () => {
    expect(() => previewAugmentation(new Float32Array(4), [])).toThrow(/flat array. Give its shape/);
    expect(() => previewAugmentation([[[[1, 2]]]], [])).toThrow(/1, 3 or 4 channels\], got \[1, 1, 1, 2\]/);
    expect(() => previewAugmentation([[[1]]], [], { range: [1, 0] })).toThrow(/\[black, white\], got \[1, 0\]/);
    expect(() => previewAugmentation([[[1]]], [], { numbers: [1, 2] })).toThrow(/2 entries for 1 samples/);
    expect(() => augmentSamples([], [])).toThrow(/is empty/);
  });
});
