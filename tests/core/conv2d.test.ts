// The numeric contract of convolutions, to the last bit: the terms of a sum in the order that Conv2dField and decision 10 give,
// in the blocks of GEMM. A scalar float32 loop says what every path and number of parts must give. Those done as Winograd's
// are held to a bound of their rounding errors, and to the same bits for any number of parts and any batch.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Convolution, Pair } from '../../bindings/graph/op.js';
import { positionsOf, reachOf } from '../../bindings/graph/windows.js';
import type { OpSample } from '../../bindings/ops/sample.js';
import { blocksOf } from '../support/blocks.js';
import { drawInput, makeRandom, runSample } from '../support/sampleRun.js';

interface Case extends Convolution {
  batch: number;
  size: Pair;
  kernel: Pair;
  /** Channels and filters of one group. */
  channels: number;
  filters: number;
}

const { fround } = Math;
type Terms = readonly (readonly [number, number])[];
/** What a sum of products comes to. */
type Sum = (terms: Terms, blocks?: ReturnType<typeof blocksOf>) => number;

const range = (length: number) => Array.from({ length }, (_, i) => i);

/** Terms a * b in order, in blocks. */
const blockedSum: Sum = (terms, blocks = blocksOf(terms.length)) => {
  let total = 0;
  for (const [start, end] of blocks) {
    let sum = 0;
    for (const [a, b] of terms.slice(start, end)) sum = fround(sum + fround(a * b));
    total = start === 0 ? sum : fround(total + sum);
  }
  return total;
};

/** A convolution by definition: where its values lie, and the pixel under a tap. */
function makeLayout({ batch, size, kernel, channels, filters, groups, strides, dilation, pads }: Case) {
  const [height, width] = size;
  const [rows, columns] = [0, 1].map((axis) =>
    positionsOf(size[axis]!, reachOf(kernel[axis]!, dilation[axis]!), strides[axis]!, pads[axis]!),
  ) as [number, number];
  return {
    x: { shape: [batch, height, width, channels * groups] },
    kernel: { shape: [...kernel, channels, filters * groups] },
    y: { shape: [batch, rows, columns, filters * groups] },
    rows,
    columns,
    /** Position of a value of x under a tap, or -1 outside. */
    under(item: number, row: number, column: number, tapY: number, tapX: number, channel: number): number {
      const y = row * strides[0] + tapY * dilation[0] - pads[0][0];
      const x = column * strides[1] + tapX * dilation[1] - pads[1][0];
      const isInside = y >= 0 && x >= 0 && y < height && x < width;
      return isInside ? ((item * height + y) * width + x) * channels * groups + channel : -1;
    },
  };
}

type Layout = ReturnType<typeof makeLayout>;

const read = (values: Float64Array, at: number): number => (at < 0 ? 0 : values[at]!);
const isDepthwise = ({ channels, groups }: Case): boolean => groups > 1 && channels === 1;

function forward(sample: Case, layout: Layout, [x, kernel]: readonly Float64Array[], sum: Sum): number[] {
  const { batch, channels, filters, groups } = sample;
  const [height, width] = sample.kernel;
  // A kernel for depthwise convolutions has no blocks in its sums over taps.
  const blocks = (depth: number) => (isDepthwise(sample) ? [[0, depth] as [number, number]] : blocksOf(depth));
  const all = filters * groups;
  return range(batch * layout.rows * layout.columns * all).map((index) => {
    const [filter, pixel] = [index % all, Math.floor(index / all)];
    const [column, line] = [pixel % layout.columns, Math.floor(pixel / layout.columns)];
    const [row, item] = [line % layout.rows, Math.floor(line / layout.rows)];
    const first = Math.floor(filter / filters) * channels;
    const terms = range(height * width * channels).map((step) => {
      const [channel, tap] = [step % channels, Math.floor(step / channels)];
      const at = layout.under(item, row, column, Math.floor(tap / width), tap % width, first + channel);
      return [read(x!, at), kernel![step * all + filter]!] as const;
    });
    return sum(terms, blocks(terms.length));
  });
}

function kernelGradient(sample: Case, layout: Layout, [x, dy]: readonly Float64Array[], sum: Sum): number[] {
  const { batch, channels, filters, groups } = sample;
  const [height, width] = sample.kernel;
  const all = filters * groups;
  return range(height * width * channels * all).map((index) => {
    const [filter, step] = [index % all, Math.floor(index / all)];
    const [channel, tap] = [step % channels, Math.floor(step / channels)];
    const first = Math.floor(filter / filters) * channels;
    const terms = range(batch * layout.rows * layout.columns).map((pixel) => {
      const [column, line] = [pixel % layout.columns, Math.floor(pixel / layout.columns)];
      const [row, item] = [line % layout.rows, Math.floor(line / layout.rows)];
      const at = layout.under(item, row, column, Math.floor(tap / width), tap % width, first + channel);
      return [read(x!, at), dy![pixel * all + filter]!] as const;
    });
    return sum(terms);
  });
}

/** The last tap first; in each, the filters of the group. */
function inputGradient(sample: Case, layout: Layout, [dy, kernel]: readonly Float64Array[], sum: Sum): number[] {
  const { batch, channels, filters, groups } = sample;
  const [height, width] = sample.kernel;
  const all = filters * groups;
  const terms = range(batch * sample.size[0] * sample.size[1] * channels * groups).map((): [number, number][] => []);
  for (let tap = height * width - 1; tap >= 0; tap--) {
    for (let pixel = 0; pixel < batch * layout.rows * layout.columns; pixel++) {
      const [column, line] = [pixel % layout.columns, Math.floor(pixel / layout.columns)];
      const [row, item] = [line % layout.rows, Math.floor(line / layout.rows)];
      for (let index = 0; index < channels * all; index++) {
        const [filter, channel] = [index % all, Math.floor(index / all)];
        const first = Math.floor(filter / filters) * channels;
        const at = layout.under(item, row, column, Math.floor(tap / width), tap % width, first + channel);
        if (at >= 0) terms[at]!.push([dy![pixel * all + filter]!, kernel![(tap * channels + channel) * all + filter]!]);
      }
    }
  }
  return terms.map((list) => sum(list));
}

const FORMS: Readonly<
  Record<
    string,
    {
      operands: readonly ['x' | 'y', 'kernel' | 'y'];
      build: (sample: Case, geometry: Convolution) => OpSample['build'];
      scalar: typeof forward;
    }
  >
> = {
  conv2d: {
    operands: ['x', 'kernel'],
    build:
      (_, geometry) =>
      ([x, kernel]) =>
        x!.graph.emit('conv2d', [x!, kernel!], geometry),
    scalar: forward,
  },
  conv2dInputGradient: {
    operands: ['y', 'kernel'],
    build:
      ({ size }, geometry) =>
      ([dy, kernel]) =>
        dy!.graph.emit('conv2dInputGradient', [dy!, kernel!], { ...geometry, size }),
    scalar: inputGradient,
  },
  conv2dKernelGradient: {
    operands: ['x', 'y'],
    build:
      ({ kernel: size }, geometry) =>
      ([x, dy]) =>
        x!.graph.emit('conv2dKernelGradient', [x!, dy!], { ...geometry, size }),
    scalar: kernelGradient,
  },
};

function prepare(form: keyof typeof FORMS, sample: Case) {
  const { operands, build, scalar } = FORMS[form]!;
  const { strides, dilation, pads, groups } = sample;
  const layout = makeLayout(sample);
  const inputs = operands.map((role) => layout[role]);
  const random = makeRandom(sample.channels * 7919 + sample.filters * 104729 + sample.size[0]);
  const values = inputs.map((input) => drawInput(input, random));
  const run = { name: form, inputs, build: build(sample, { strides, dilation, pads, groups }) };
  return { run, values, expected: (sum: Sum) => scalar(sample, layout, values, sum) };
}

function check(form: keyof typeof FORMS, sample: Case, parts: number): void {
  const { run, values, expected } = prepare(form, sample);
  expect(runSample(run, values, { parts }).values.map(positiveZero)).toEqual(expected(blockedSum).map(positiveZero));
}

/**
 * Rounding errors of a transformed convolution: so many units of 2^-24 of the largest sum of absolute products.
 * The worst of all cases below, with four sets of values each, are 9.0, 8.3 and 13.9.
 */
const WINOGRAD_UNITS: Record<keyof typeof FORMS, number> = {
  conv2d: 11,
  conv2dInputGradient: 11,
  conv2dKernelGradient: 20,
};

function checkWinograd(form: keyof typeof FORMS, sample: Case, parts: number): void {
  const { run, values, expected } = prepare(form, sample);
  const { values: got, bits, compiled } = runSample(run, values);
  // Only transformed kernels need a workspace.
  expect(compiled.plan.workspaces.size).toBe(1);
  const sums = expected((terms) => terms.reduce((sum, [a, b]) => sum + a * b, 0));
  const sizes = expected((terms) => terms.reduce((sum, [a, b]) => sum + Math.abs(a * b), 0));
  const worst = Math.max(...got.map((value, i) => Math.abs(value - sums[i]!))) / Math.max(...sizes);
  expect(worst * 2 ** 24).toBeLessThan(WINOGRAD_UNITS[form]!);
  expect(runSample(run, values, { parts }).bits).toEqual(bits);
}

/** A term of zero outside the image may turn -0 to 0. */
const positiveZero = (value: number): number => value + 0;

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Geometries whose kernel fits; `depth` bounds channels and filters. */
const geometries = (depth: number, groups: fc.Arbitrary<number>) =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      size: pair(1, 12),
      kernel: pair(1, 4),
      strides: pair(1, 3),
      dilation: pair(1, 2),
      pads: fc.tuple(pair(0, 3), pair(0, 3)),
      channels: fc.integer({ min: 1, max: depth }),
      filters: fc.integer({ min: 1, max: depth }),
      groups,
    })
    .filter((sample) => {
      const { rows, columns } = makeLayout(sample);
      return rows > 0 && columns > 0;
    });

describe('convolutions keep their summation order to the last bit', () => {
  const parts = fc.integer({ min: 1, max: 4 });

  // Input gradients of at most 16 taps and 12 filters: one block, so that taps which lie outside shift no block.
  test.each(Object.keys(FORMS))('%s of random geometries and parts', (form) => {
    fc.assert(
      fc.property(geometries(12, fc.constantFrom(1, 1, 2)), parts, (sample, count) => check(form, sample, count)),
      { numRuns: 80 },
    );
  });

  test.each(Object.keys(FORMS))('%s, depthwise, of random geometries and parts', (form) => {
    const sample = geometries(1, fc.integer({ min: 2, max: 37 }));
    const multiplied = fc.tuple(sample, fc.constantFrom(1, 1, 1, 2, 3));
    fc.assert(
      fc.property(multiplied, parts, ([one, filters], count) => check(form, { ...one, filters }, count)),
      { numRuns: 80 },
    );
  });

  test.each(['conv2d', 'conv2dKernelGradient'])('%s deeper than a block', (form) => {
    const plain = { batch: 1, strides: [1, 1], dilation: [1, 1], groups: 1 } as const;
    const around = [[1, 1], [1, 1]] as const; // prettier-ignore
    check(form, { ...plain, size: [7, 8], kernel: [3, 3], pads: around, channels: 61, filters: 9 }, 1);
    check(form, { ...plain, batch: 3, size: [20, 19], kernel: [3, 2], pads: around, channels: 3, filters: 17 }, 2);
    check(form, { ...plain, batch: 3, size: [20, 19], kernel: [3, 3], pads: around, channels: 1, filters: 1, groups: 22 }, 3); // prettier-ignore
  });
});

describe("3x3 convolutions by Winograd's F(4x4, 3x3)", () => {
  const channels = fc.constantFrom(16, 20, 24, 40);
  const plain = { kernel: [3, 3], strides: [1, 1], dilation: [1, 1], groups: 1 } as const;
  // Sizes and borders at which tiles waste little, in all three directions.
  const shapes = fc.constantFrom<Pick<Case, 'size' | 'pads'>>(
    ...[4, 7, 8, 12].map((side) => ({ size: [side, side] as const, pads: [[1, 1], [1, 1]] as const })), // prettier-ignore
    { size: [15, 8], pads: [[1, 1], [2, 0]] }, // prettier-ignore
    { size: [18, 14], pads: [[0, 0], [0, 0]] }, // prettier-ignore
  );
  const cases = fc
    .record({ batch: fc.integer({ min: 1, max: 3 }), shape: shapes, channels, filters: channels })
    .map(({ shape, ...rest }): Case => ({ ...plain, ...shape, ...rest }));

  test.each(Object.keys(FORMS))('%s is as near as stated, for any number of parts', (form) => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 2, max: 8 }), (sample, parts) => checkWinograd(form, sample, parts)),
      { numRuns: 10 },
    );
  });

  test('the shapes of the largest errors are as near as stated', () => {
    const around = [[1, 1], [1, 1]] as const; // prettier-ignore
    checkWinograd('conv2d', { ...plain, batch: 3, size: [4, 4], pads: around, channels: 20, filters: 40 }, 2);
    checkWinograd('conv2dInputGradient', { ...plain, batch: 3, size: [7, 7], pads: around, channels: 16, filters: 16 }, 2); // prettier-ignore
    checkWinograd('conv2dKernelGradient', { ...plain, batch: 1, size: [4, 4], pads: around, channels: 40, filters: 20 }, 2); // prettier-ignore
  });

  test('an image gives the same bits in any batch', () => {
    const sample: Case = { ...plain, batch: 7, size: [9, 9], pads: [[1, 1], [1, 1]], channels: 16, filters: 20 }; // prettier-ignore
    const { run, values } = prepare('conv2d', sample);
    const together = runSample(run, values).bits;
    const alone = prepare('conv2d', { ...sample, batch: 1 }).run;
    range(7).forEach((item) => {
      const image = values[0]!.slice((item * values[0]!.length) / 7, ((item + 1) * values[0]!.length) / 7);
      const { bits } = runSample(alone, [image, values[1]!]);
      expect(bits).toEqual(together.slice(item * bits.length, (item + 1) * bits.length));
    });
  });
});
