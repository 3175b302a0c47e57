// What layers over sequences and images refuse, and how they say it; folding of batch normalisation; masks.

import { describe, expect, test } from 'vitest';
import {
  averagePooling2d,
  batchNormalization,
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  cropping1d,
  cropping2d,
  depthwiseConv2d,
  globalAveragePooling1d,
  globalMaxPooling2d,
  input,
  maxPooling1d,
  maxPooling2d,
  OptionError,
  separableConv2d,
  sequential,
  ShapeError,
  statelessCall,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
  type AnyLayer,
  type Layer,
  type Shape,
} from '../../bindings/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import { evaluateGraph } from '../support/evaluateGraph.js';
import { makeRandom } from '../support/sampleRun.js';

const build = (made: AnyLayer, shape: Shape) => () => made(input({ shape }));

describe('samples that do not fit', () => {
  test.each<readonly [string, () => unknown, RegExp]>([
    ['a vector', build(conv2d(4, 3), [9]), /conv2d: expected samples \[height, width, channels\], got \[9\]/],
    ['an image without channels', build(conv2d(4, 3), [8, 8]), /got \[8, 8\]\. Add an axis with reshape/],
    ['an image for a sequence', build(conv1d(4, 3), [8, 8, 1]), /conv1d: expected samples \[steps, channels\]/],
    ['a kernel beyond the rows', build(conv2d(4, [5, 3], { name: 'stem' }), [4, 9, 1]), /stem: a window over 5 rows .*\[4, 9, 1\], which has 4\. Make kernelSize smaller, or use padding: 'same'/], // prettier-ignore
    ['a dilated kernel', build(conv1d(4, 3, { dilationRate: 4 }), [8, 1]), /over 9 steps .* or dilationRate/],
    ['groups', build(conv2d(6, 3, { groups: 3 }), [8, 8, 4]), /conv2d: 3 groups do not divide the 4 channels/],
    ['a depthwise kernel', build(depthwiseConv2d(5), [8, 4, 2]), /depthwiseConv2d: a window over 5 columns/],
    ['a separable kernel', build(separableConv2d(8, 5), [4, 8, 2]), /separableConv2d: a window over 5 rows/],
    ['a transposed sequence', build(conv1dTranspose(2, 3), [8, 8, 1]), /conv1dTranspose: expected samples \[steps, channels\]/], // prettier-ignore
    ['padding that leaves nothing', build(conv2dTranspose(2, 3, { padding: 4 }), [2, 9, 1]), /conv2dTranspose: nothing is left/], // prettier-ignore
    ['a pool beyond the columns', build(maxPooling2d(3), [4, 2, 1]), /maxPooling2d: a window over 3 columns .* Make poolSize smaller/], // prettier-ignore
    ['a pool of a vector', build(averagePooling2d(), [4]), /averagePooling2d: expected samples/],
    ['a global pool', build(globalMaxPooling2d(), [4, 4]), /globalMaxPooling2d: expected samples/],
    ['an upsampled image', build(upSampling1d(), [4, 4, 1]), /upSampling1d: expected samples/],
    ['a padded vector', build(zeroPadding2d(), [4]), /zeroPadding2d: expected samples/],
    ['a crop of everything', build(cropping2d(2), [4, 9, 1]), /cropping2d: cutting 2 \+ 2 off axis 0 leaves nothing/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
  });
});

describe('options that are refused', () => {
  test.each<readonly [string, () => unknown, RegExp]>([
    ['no filters', () => conv2d(0, 3), /conv2d: filters must be a whole number >= 1, got 0/],
    ['half a kernel', () => conv2d(4, [3, 1.5]), /conv2d: kernelSize must be a whole number/],
    [
      'a pair for a sequence',
      () => conv1d(4, [3, 3]),
      /conv1d: kernelSize must be a number or a list of 1, got \[3,3\]/,
    ],
    ['no stride', () => conv2d(4, 3, { strides: 0 }), /conv2d: strides must be a whole number >= 1/],
    ['groups and filters', () => conv2d(4, 3, { groups: 3 }), /conv2d: 3 groups do not divide 4 filters/],
    ['causal images', () => conv2d(4, 3, { padding: 'causal' }), /conv2d: unknown padding 'causal'/],
    ['a misspelt padding', () => conv1d(4, 3, { padding: 'sane' as 'same' }), /Did you mean 'same'\?/],
    ['a misspelt option', () => conv2d(4, 3, { dilation: 2 } as object), /conv2d: unknown option 'dilation'/],
    ['groups of a depthwise layer', () => depthwiseConv2d(3, { groups: 2 } as object), /unknown option 'groups'/],
    ['no multiplier', () => separableConv2d(4, 3, { depthMultiplier: 0 }), /depthMultiplier must be/],
    ['causal transposed', () => conv1dTranspose(4, 3, { padding: 'causal' as 'same' }), /unknown padding 'causal'/],
    ['outputPadding beyond the stride', () => conv2dTranspose(4, 3, { strides: 2, padding: 1, outputPadding: 2 }), /outputPadding must be less than the larger of stride and dilation, 2, got 2/], // prettier-ignore
    ['outputPadding with same', () => conv2dTranspose(4, 3, { strides: 2, padding: 'same', outputPadding: 1 }), /goes with padding in numbers/], // prettier-ignore
    ['a pool of 0', () => maxPooling1d(0), /maxPooling1d: poolSize must be a whole number >= 1/],
    ['an unknown interpolation', () => upSampling2d(2, { interpolation: 'cubic' as 'nearest' }), /unknown interpolation 'cubic'/], // prettier-ignore
    ['interpolated sequences', () => upSampling1d(2, { interpolation: 'nearest' } as object), /unknown option 'interpolation'/], // prettier-ignore
    ['negative padding', () => zeroPadding1d([1, -1]), /zeroPadding1d: padding must be a whole number >= 0, got -1/],
    ['three paddings', () => zeroPadding2d([1, 2, 3]), /zeroPadding2d: padding must be a number or \[rows, columns\]/],
    ['three crops', () => cropping1d([1, 2, 3]), /cropping1d: cropping must be a number or \[before, after\]/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});

test('the first layer of a sequential model takes an inputShape', async () => {
  using net = sequential([maxPooling2d(2, { inputShape: [4, 4, 1] })]);
  const { data } = await net.predict({ shape: [1, 4, 4, 1], data: Float32Array.from({ length: 16 }, (_, i) => i) });
  expect([...data]).toEqual([5, 7, 13, 15]);
});

test('bilinear upsampling interpolates between centres and repeats beyond them', () => {
  const x = { shape: [1, 1, 2, 1], data: [0, 4] };
  const { outputs } = evaluateGraph({ x }, ({ x: images }) => ({
    y: statelessCall(upSampling2d(2, { interpolation: 'bilinear' }), [images!]).outputs[0]!,
  }));
  expect(outputs.y!.shape).toEqual([1, 2, 4, 1]);
  expect([...outputs.y!.data]).toEqual([0, 1, 3, 4, 0, 1, 3, 4]);
});

test('a mask takes positions out of the mean of a sequence', () => {
  const x = { shape: [2, 3, 1], data: [1, 2, 9, 4, 9, 9] };
  const mask = { shape: [2, 3], data: [1, 1, 0, 1, 0, 0] };
  const { outputs } = evaluateGraph({ x, mask }, (leaves) => ({
    y: statelessCall(globalAveragePooling1d(), [leaves.x!], { masks: [leaves.mask] }).outputs[0]!,
  }));
  expect([...outputs.y!.data]).toEqual([1.5, 4]);
});

const FOLDED: readonly (readonly [string, () => Layer, Shape])[] = [
  ['conv1d', () => conv1d(3, 3), [6, 2]],
  ['conv2d', () => conv2d(4, 3, { groups: 2 }), [5, 5, 2]],
  ['conv2d of single pixels', () => conv2d(4, 1), [5, 5, 2]],
  ['depthwiseConv2d', () => depthwiseConv2d(3, { depthMultiplier: 2 }), [5, 5, 2]],
  ['separableConv2d', () => separableConv2d(4, 3), [5, 5, 2]],
  ['conv2dTranspose', () => conv2dTranspose(3, 3, { strides: 2 }), [5, 5, 2]],
];

test.each(FOLDED)('batch normalisation folds into %s, and means the same', (_, make, shape) => {
  const made = make();
  made.build([shape]);
  const random = makeRandom(5);
  const draw = (side: Shape, low = -1) => ({
    shape: side,
    data: Float32Array.from({ length: sizeOf(side) }, () => low + random()),
  });
  const weights = Object.fromEntries(made.parameters.map((spec) => [spec.name, draw(spec.shape)]));
  const channels = [made.parameters.find(({ name }) => name === 'bias')!.shape[0]!];
  const moments = { gamma: draw(channels), beta: draw(channels), movingMean: draw(channels), movingVariance: draw(channels, 0.5) }; // prettier-ignore
  const { outputs } = evaluateGraph({ x: draw([3, ...shape]), ...weights, ...moments }, (leaves, graph) => {
    const only = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, leaves[name]!]));
    const plain = statelessCall(made, [leaves.x!], { parameters: only(weights) }).outputs[0]!;
    const folded = statelessCall(batchNormalization(), [plain], { parameters: only(moments) }).outputs[0]!;
    const after = graph.tensors.slice(plain.id + 1).filter(({ op, size }) => op === 'multiply' && size === plain.size);
    expect(after).toEqual([]);
    return { plain, folded };
  });
  const { gamma, beta, movingMean, movingVariance } = moments;
  const expected = Array.from(outputs.plain!.data, (value, i) => {
    const c = i % channels[0]!;
    const deviation = Math.sqrt(movingVariance.data[c]! + 1e-3);
    return ((value - movingMean.data[c]!) / deviation) * gamma.data[c]! + beta.data[c]!;
  });
  outputs.folded!.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
});
