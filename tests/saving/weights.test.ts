// Files with kernels in fewer bits: what is in them, how far weights and predictions move, and what is refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  batchNormalization,
  conv1d,
  conv2d,
  DataError,
  dense,
  embedding,
  exportInferenceProgram,
  flatten,
  FormatError,
  globalAveragePooling1d,
  heNormal,
  input,
  layer,
  layerNormalization,
  loadModel,
  loadPreprocessedModel,
  lstm,
  model,
  multiHeadAttention,
  ones,
  OptionError,
  pipeline,
  residual,
  sequential,
  standardScaler,
  StateError,
  tie,
  withPreprocessing,
  zeros,
  type Model,
} from '../../bindings/index.js';
import { loadInferenceProgram } from '../../bindings/inference/index.js';
import { fromFloat16, toFloat16 } from '../../bindings/formats/float16.js';
import { drawValues, usedBytes } from '../model/support.js';
import { reseal, split, type Header, type Parts } from './support.js';

type Entry = Extract<Header[string], { dtype: string }>;

const entryOf = ({ header }: Parts, name: string): Entry => header[name] as Entry;
const bytesOf = (parts: Parts, name: string): Uint8Array => {
  const [begin, end] = entryOf(parts, name).data_offsets;
  return parts.data.slice(begin, end);
};
const floatsOf = (parts: Parts, name: string): Float32Array => new Float32Array(bytesOf(parts, name).buffer);

const mlp = (): Model =>
  sequential([dense(24, { activation: 'relu', inputShape: [20] }), dense(7, { activation: 'softmax' })], { seed: 3 });

const cnn = (): Model =>
  sequential(
    [
      conv2d(8, 3, { inputShape: [12, 12, 1], padding: 'same', activation: 'relu' }),
      conv2d(12, 5, { strides: 2, padding: 'same', useBias: false }),
      batchNormalization(),
      flatten(),
      dense(5),
    ],
    { seed: 4 },
  );

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};

describe('float16', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [1e10, 0x7c00],
    [-Infinity, 0xfc00],
    [NaN, 0x7e00],
    // Ties go to the even neighbour.
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2048 + 1, 0x6800],
    [2048 + 3, 0x6802],
    // Subnormal numbers are multiples of 2^-24.
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -24, 0x03ff],
    [2 ** -14 - 2 ** -26, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -25, 0x0001],
    [1.5 * 2 ** -24, 0x0002],
    [-2.5 * 2 ** -24, 0x8002],
    [1e-40, 0x0000],
  ])('of %d is %i', (value, bits) => {
    expect(toFloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  test('every number comes back as it was', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const values = new Float32Array(65536);
    fromFloat16(all, values);
    // All NaNs are one.
    const expected = all.map((half) => ((half & 0x7fff) > 0x7c00 ? (half & 0x8000) | 0x7e00 : half));
    expect(toFloat16(values)).toEqual(expected);
    expect(values[0x3c01]).toBe(1 + 2 ** -10);
    expect(values[0x8001]).toBe(-(2 ** -24));
  });

  test('is the nearest of all', () => {
    const finite = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
    const values = new Float32Array(finite.length);
    fromFloat16(finite, values);
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65504, noNaN: true }), (value) => {
        const [half] = toFloat16(Float32Array.of(value)) as unknown as [number];
        const error = Math.abs(values[half]! - value);
        for (const other of [half - 1, half + 1]) {
          if (other >= 0 && other < values.length) expect(error).toBeLessThanOrEqual(Math.abs(values[other]! - value));
        }
      }),
    );
  });
});

describe('what is in a file', () => {
  test('float16: kernels as F16, the rest as it is, in half the bytes; it loads as float32 and trains on', async () => {
    using net = cnn();
    const file = await net.save({ weights: 'float16' });
    const parts = split(file);
    const halves = Object.entries(parts.header).flatMap(([name, entry]) =>
      (entry as Entry).dtype === 'F16' ? [name] : [],
    );
    expect(halves.sort()).toEqual(['conv2d_1/kernel', 'conv2d_2/kernel', 'dense_1/kernel']);
    using loaded = await loadModel(file);
    expect(loaded.int8Kernels).toEqual([]);
    for (const [path, values] of Object.entries(net.parameters())) {
      const expected = values.slice();
      if (halves.includes(path)) fromFloat16(toFloat16(values), expected);
      expect(loaded.parameters()[path]!.slice()).toEqual(expected);
    }
    loaded.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await loaded.fit(drawValues(4 * 144, 1), drawValues(4 * 5, 2), { epochs: 1 });
  });

  test('int8: a scale for each output, half of which no weight is further away', async () => {
    using net = cnn();
    const parts = split(await net.save({ weights: 'int8' }));
    for (const [path, values] of Object.entries(net.parameters())) {
      if (!path.endsWith('kernel')) {
        expect(floatsOf(parts, path)).toEqual(values.slice());
        continue;
      }
      const { dtype, shape } = entryOf(parts, path);
      const columns = shape.at(-1)!;
      expect(dtype).toBe('I8');
      expect(entryOf(parts, `${path}.scale`)).toMatchObject({
        dtype: 'F32',
        shape: shape.map((side, i) => (i === shape.length - 1 ? side : 1)),
      });
      const numbers = new Int8Array(bytesOf(parts, path).buffer);
      const scales = floatsOf(parts, `${path}.scale`);
      scales.forEach((scale, column) => {
        const own = values.filter((_, i) => i % columns === column);
        const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(scale).toBe(Math.fround(largest / 127));
        expect(Math.max(...numbers.filter((_, i) => i % columns === column).map(Math.abs))).toBe(127);
      });
      numbers.forEach((number, i) => {
        const scale = scales[i % columns]!;
        expect(Math.abs(values[i]! - number * scale)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-6));
      });
    }
  });

  test('int8: channels of zeros, tables by row, kernels of recurrences and attention; what would not gain stays', async () => {
    const tokens = input({ shape: [6], dtype: 'int32' });
    const words = embedding(30, 16, { name: 'words' })(tokens);
    const mixed = multiHeadAttention(2, { name: 'mix' })(words);
    const states = lstm(8, { name: 'states' })(layerNormalization({ name: 'norm' })(mixed));
    const top = dense(1, { name: 'top' })(dense(4, { name: 'next' })(states));
    using net = model({ inputs: tokens, outputs: top, seed: 5 });
    const zeros = net.parameters()['next/kernel']!.map((value, i) => (i % 4 === 2 ? 0 : value));
    net.setParameters({ 'next/kernel': zeros });
    const parts = split(await net.save({ weights: 'int8' }));
    const stored = Object.entries(parts.header).flatMap(([name, entry]) =>
      (entry as Entry).dtype === 'I8' ? [name] : [],
    );
    expect(stored.sort()).toEqual(
      [
        ...['mix/keyKernel', 'mix/outputKernel', 'mix/queryKernel', 'mix/valueKernel', 'next/kernel'],
        ...['states/kernel', 'states/recurrentKernel', 'top/kernel', 'words/embeddings'],
      ].sort(),
    );
    expect(entryOf(parts, 'words/embeddings.scale').shape).toEqual([30, 1]);
    expect(floatsOf(parts, 'next/kernel.scale').every((scale) => scale > 0)).toBe(true);
    const file = reseal(parts);
    using small = await loadModel(file);
    expect([...small.int8Kernels].sort()).toEqual(
      [
        'mix/keyKernel',
        'mix/outputKernel',
        'mix/queryKernel',
        'mix/valueKernel',
        'next/kernel',
        'states/kernel',
        'top/kernel',
      ].sort(),
    );
    const x = Int32Array.from({ length: 24 }, (_, i) => (i * 7) % 30);
    const expected = (await net.predict(x)).data;
    expect(largestDifference((await small.predict(x)).data, expected)).toBeLessThan(0.03);
    using floats = await loadModel(file, { weights: 'float32' });
    const table = floats.parameters()['words/embeddings']!;
    const scales = floatsOf(parts, 'words/embeddings.scale');
    expect(
      table.every(
        (value, i) => Math.abs(value - net.parameters()['words/embeddings']![i]!) <= 0.5001 * scales[i >> 4]!,
      ),
    ).toBe(true);
  });

  test('float32 files are what they were', async () => {
    using net = mlp();
    expect(await net.save({ weights: 'float32' })).toEqual(await net.save());
  });
});

describe('a model with int8 kernels', () => {
  test('predicts close to the float32 one, in a quarter of the file, and frees its memory', async () => {
    const before = usedBytes();
    const x = drawValues(40 * 20, 7);
    {
      using net = sequential([dense(200, { activation: 'relu', inputShape: [20] }), dense(100), dense(7)], { seed: 3 });
      const whole = await net.save();
      const file = await net.save({ weights: 'int8' });
      expect(file.length / whole.length).toBeLessThan(0.34);
      using small = await loadModel(file);
      expect(small.int8Kernels).toEqual(['dense_1/kernel', 'dense_2/kernel', 'dense_3/kernel']);
      const expected = (await net.predict(x)).data;
      const spread = Math.max(...expected) - Math.min(...expected);
      const difference = largestDifference((await small.predict(x)).data, expected);
      expect(difference).toBeLessThan(0.02 * spread);
      expect(difference).toBeGreaterThan(0);
    }
    expect(usedBytes()).toBe(before);
  });

  test('is what the numbers in its file say: x and w as whole numbers, their exact sum scaled', async () => {
    using net = sequential([dense(9, { activation: 'relu', inputShape: [13] })], { seed: 6 });
    const parts = split(await net.save({ weights: 'int8' }));
    using small = await loadModel(reseal(parts));
    const x = drawValues(5 * 13, 3);
    const numbers = new Int8Array(bytesOf(parts, 'dense_1/kernel').buffer);
    const scales = floatsOf(parts, 'dense_1/kernel.scale');
    const { fround } = Math;
    const expected = Float32Array.from({ length: 45 }, (_, index) => {
      const [row, column] = [Math.floor(index / 9), index % 9];
      const own = x.subarray(13 * row, 13 * row + 13);
      const largest = Math.max(...own.map(Math.abs));
      const factor = fround(127 / largest);
      const sum = own.reduce(
        (total, value, k) => total + Math.round(fround(value * factor)) * numbers[9 * k + column]!,
        0,
      );
      return Math.max(0, fround(sum * fround(fround(largest / 127) * scales[column]!)));
    });
    expect((await small.predict(x)).data).toEqual(expected);
  });

  test('gives each sample the same bits in every batch', async () => {
    using net = cnn();
    using small = await loadModel(await net.save({ weights: 'int8' }));
    expect(small.int8Kernels).toEqual(['conv2d_2/kernel', 'dense_1/kernel']);
    const x = drawValues(11 * 144, 9);
    const whole = (await small.predict(x)).data;
    for (const batchSize of [1, 2, 4, 10]) expect((await small.predict(x, { batchSize })).data).toEqual(whole);
    expect(largestDifference(whole, (await net.predict(x)).data)).toBeLessThan(0.05);
  });

  test('takes the scale of a batch normalisation behind the product, of sequences and branches too', async () => {
    const shape = { inputShape: [10, 8] };
    using net = sequential(
      [
        conv1d(16, 3, { ...shape, padding: 'same' }),
        batchNormalization(),
        residual([dense(16, { activation: 'gelu' }), dense(16)]),
        globalAveragePooling1d(),
        dense(3),
      ],
      { seed: 8 },
    );
    net.setParameters({
      'batchNormalization_1/movingVariance': drawValues(16, 1).map((value) => 1.5 + value),
      'batchNormalization_1/movingMean': drawValues(16, 2),
    });
    using small = await loadModel(await net.save({ weights: 'int8' }));
    expect(small.int8Kernels).toHaveLength(4);
    const x = drawValues(6 * 80, 3);
    expect(largestDifference((await small.predict(x)).data, (await net.predict(x)).data)).toBeLessThan(0.05);
  });

  test('leaves float32 what products can not read, or read faster so: large 3x3 images, groups, ties, kernels that are changed', async () => {
    const images = { inputShape: [24, 24, 16] };
    const masked = () =>
      layer({
        kind: 'masked',
        build: ({ inputShapes: [own], parameter }) => parameter('kernel', [own!.at(-1)!, 6], heNormal()),
        call: ([x], { parameter }) => x!.matmul(parameter('kernel').relu()),
      });
    const gated = () =>
      layer({
        kind: 'gated',
        build({ inputShapes: [own], parameter }) {
          parameter('kernel', [own!.at(-1)!, 6], zeros());
          parameter('gain', [6], ones());
        },
        call([x], { parameter }) {
          const kernel = parameter('kernel');
          return x!.matmul(kernel).add(x!.matmul(kernel.mul(parameter('gain'))));
        },
      });
    const first = dense(12);
    using net = sequential(
      [
        conv2d(16, 3, { ...images, padding: 'same' }),
        conv2d(16, 5, { groups: 2, strides: 4 }),
        flatten(),
        first,
        dense(400, { kernelInitializer: tie(first.parameter('kernel'), { transpose: true }) }),
        masked(),
        gated(),
      ],
      { seed: 2 },
    );
    net.setParameters({ 'gated_1/kernel': drawValues(36, 5) });
    const file = await net.save({ weights: 'int8' });
    using small = await loadModel(file, { custom: { layers: { gated, masked } } });
    expect(small.int8Kernels).toEqual([]);
    const x = drawValues(2 * 24 * 24 * 16, 3);
    const expected = (await net.predict(x)).data;
    const difference = largestDifference((await small.predict(x)).data, expected);
    expect(difference).toBeLessThan(0.02 * Math.max(...expected.map(Math.abs)));
    expect(difference).toBeGreaterThan(0);
  });

  test('only predicts: the rest is refused by name, and says how to train', async () => {
    using net = mlp();
    const file = await net.save({ weights: 'int8' });
    using small = await loadModel(file);
    const calls: [string, () => unknown][] = [
      ['compile', () => small.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })],
      ['parameters', () => small.parameters()],
      ['setParameters', () => small.setParameters({})],
      ['sparsity', () => small.sparsity()],
      ['fit', () => small.fit(drawValues(20, 1), drawValues(7, 1))],
      ['evaluate', () => small.evaluate(drawValues(20, 1), drawValues(7, 1))],
      ['save', () => small.save()],
    ];
    for (const [method, call] of calls) {
      const error: unknown = await Promise.resolve()
        .then(call)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StateError);
      expect((error as Error).message).toMatch(new RegExp(`${method}: .*int8.*weights: 'float32'`));
    }
    using floats = await loadModel(file, { weights: 'float32' });
    floats.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await floats.fit(drawValues(8 * 20, 1), drawValues(8 * 7, 2), { epochs: 1 });
    expect(small.summary()).toContain('dense_1');
  });

  test('is compiled ahead with its int8 kernels', async () => {
    using net = cnn();
    using small = await loadModel(await net.save({ weights: 'int8' }));
    const file = await exportInferenceProgram(small, { batchSizes: [1, 4] });
    expect(file.length).toBeLessThan((await exportInferenceProgram(net, { batchSizes: [1, 4] })).length);
    using program = await loadInferenceProgram(file);
    const x = drawValues(6 * 144, 9);
    expect(program.predict(x).data).toEqual((await small.predict(x)).data);
  });

  test('goes with its preprocessing', async () => {
    using net = sequential([dense(30, { inputShape: [2], activation: 'tanh' }), dense(4)], { seed: 3 });
    const rows = [1, 2, 4, 7].map((size) => ({ size, rent: 100 * size }));
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const flats = withPreprocessing(net, pipeline([standardScaler()]));
    await flats.fit(rows, drawValues(16, 3), { epochs: 1 });
    const small = await loadPreprocessedModel(await flats.save({ weights: 'int8' }));
    expect(largestDifference((await small.predict(rows)).data, (await flats.predict(rows)).data)).toBeLessThan(0.03);
  });
});

describe('what is refused', () => {
  test('on saving: unknown formats, training in fewer bits, values that do not fit, by name', async () => {
    using net = mlp();
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await expect(net.save({ weights: 'int4' as never })).rejects.toThrow(OptionError);
    await expect(net.save({ weights: 'int8', training: true })).rejects.toThrow(/float32 weights/);
    await expect(loadModel(await net.save(), { weights: 'int8' as never })).rejects.toThrow(OptionError);
    const kernel = net.parameters()['dense_1/kernel']!;
    kernel[5] = 65520;
    const error: unknown = await net.save({ weights: 'float16' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toMatch(/value 5 of dense_1\/kernel is 65520.*65504/);
    net.parameters()['dense_1/kernel']![5] = NaN;
    await expect(net.save({ weights: 'int8' })).rejects.toThrow(/value 5 of dense_1\/kernel is NaN/);
  });

  const refusal = async (change: (parts: Parts, file: Uint8Array) => void): Promise<string> => {
    using net = mlp();
    const parts = split(await net.save({ weights: 'int8' }));
    change(parts, parts.data);
    const before = usedBytes();
    const error: unknown = await loadModel(reseal(parts)).then(
      (loaded) => loaded.dispose(),
      (thrown: unknown) => thrown,
    );
    expect(usedBytes()).toBe(before);
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  };
  const SCALE = 'dense_1/kernel.scale';

  test.each([NaN, 0, -1, Infinity])('on loading: a scale of %d', async (scale) => {
    const message = await refusal(({ header, data }) => {
      const [begin] = (header[SCALE] as Entry).data_offsets;
      new DataView(data.buffer, data.byteOffset).setFloat32(begin + 4, scale, true);
    });
    expect(message).toMatch(/byte \d+: dense_1\/kernel\.scale: expected scales above 0 and finite/);
  });

  test('on loading: an int8 kernel without scales, with too few, of another type; scales of nothing', async () => {
    const renamed = await refusal(({ header }) => {
      header['training:x'] = header[SCALE]!;
      delete header[SCALE];
    });
    expect(renamed).toMatch(/dense_1\/kernel\.scale: expected F32 scales, one for each index.*got nothing/);
    const short = await refusal(({ header }) => ((header[SCALE] as Entry).shape = [24]));
    expect(short).toMatch(/expected F32 scales/);
    const wrong = await refusal(({ header }) => ((header[SCALE] as Entry).dtype = 'I32'));
    expect(wrong).toMatch(/got I32/);
    const odd = await refusal(({ header }) => {
      header['dense_9/kernel.scale'] = header[SCALE]!;
      delete header[SCALE];
    });
    expect(odd).toMatch(/dense_1\/kernel\.scale: expected F32 scales/);
    const biases = await refusal(({ header }) => ((header['dense_1/bias'] as Entry).dtype = 'I32'));
    expect(biases).toMatch(/dense_1\/bias: expected F32, F16, I8 \[24\], got I32/);
  });

  test('whatever types and bytes tensors are said to have: a typed error, or a model', async () => {
    using net = mlp();
    for (const weights of ['float16', 'int8'] as const) {
      const file = await net.save({ weights });
      const names = Object.keys(split(file).header).filter((name) => name !== '__metadata__');
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names),
          fc.constantFrom('F32', 'F16', 'I8', 'U8', 'BF16', 'I32', 'BOOL'),
          fc.constantFrom(1, 2, 4),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
          async (name, dtype, factor, flips) => {
            const parts = split(file);
            const entry = entryOf(parts, name);
            entry.dtype = dtype;
            entry.shape = entry.shape.map((side, i) => (i === 0 ? side * factor : side));
            for (const [at, byte] of flips) parts.data[at % parts.data.length] = byte;
            const before = usedBytes();
            const loaded = await loadModel(reseal(parts)).catch((error: unknown) => {
              expect(error).toBeInstanceOf(FormatError);
            });
            if (loaded) expect((await loaded.predict(new Float32Array(20).fill(0.5))).data).toHaveLength(7);
            loaded?.dispose();
            expect(usedBytes()).toBe(before);
          },
        ),
      );
    }
  });

  test('a number of -128, which is never written, is only a number', async () => {
    using net = mlp();
    const parts = split(await net.save({ weights: 'int8' }));
    const [begin, end] = entryOf(parts, 'dense_1/kernel').data_offsets;
    parts.data.fill(0x80, begin, end);
    using small = await loadModel(reseal(parts));
    expect((await small.predict(new Float32Array(20).fill(1))).data.every(Number.isFinite)).toBe(true);
  });
});

test('the sum of the deepest kernel is exact', async () => {
  using net = sequential([dense(1, { inputShape: [65536], useBias: false })], { seed: 1 });
  net.setParameters({ 'dense_1/kernel': new Float32Array(65536).fill(127) });
  using small = await loadModel(await net.save({ weights: 'int8' }));
  expect(small.int8Kernels).toHaveLength(1);
  expect((await small.predict(new Float32Array(65536).fill(-127))).data[0]).toBe(-(127 ** 2) * 65536);
  using deeper = sequential([dense(1, { inputShape: [65537], useBias: false })], { seed: 1 });
  using float = await loadModel(await deeper.save({ weights: 'int8' }));
  expect(float.int8Kernels).toEqual([]);
});
