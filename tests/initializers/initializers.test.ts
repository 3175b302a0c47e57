// Initialisers: variance by their formula over large tensors, orthogonality, and the contract that all of them keep.

import { describe, expect, test } from 'vitest';
import {
  constant,
  evaluateFunction,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  identity,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
  OptionError,
  randomNormal,
  randomUniform,
  ShapeError,
  truncatedNormal,
  varianceScaling,
  zeros,
  type Initializer,
  type Shape,
} from '../../bindings/index.js';
import { evaluate } from '../../bindings/graph/evaluate.js';
import { Graph } from '../../bindings/graph/graph.js';
import { INITIALIZERS, resolveInitializer } from '../../bindings/initializers/index.js';
import { opRules } from '../../bindings/ops/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';

const draw = (initializer: Initializer, shape: Shape, seed = 1): Float32Array =>
  evaluate(getRuntime(), [initializer.create(new Graph(opRules), shape)], { seed })[0]!;

function moments(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

const [IN, OUT] = [300, 500];
const SHAPE = [IN, OUT];
const COUNT = IN * OUT;

/** Name, initialiser, variance by formula, largest value, kurtosis minus 1 (which sets the spread of a sample variance). */
const DISTRIBUTIONS: readonly (readonly [string, Initializer, number, number, number])[] = [
  ['glorotUniform', glorotUniform(), 2 / (IN + OUT), Math.sqrt(6 / (IN + OUT)), 0.8],
  ['glorotNormal', glorotNormal(), 2 / (IN + OUT), Infinity, 2],
  ['glorotNormal truncated', glorotNormal({ truncated: true }), 2 / (IN + OUT), 2.2738 * Math.sqrt(2 / (IN + OUT)), 2],
  ['heUniform', heUniform(), 2 / IN, Math.sqrt(6 / IN), 0.8],
  ['heNormal', heNormal(), 2 / IN, Infinity, 2],
  ['heNormal truncated', heNormal({ truncated: true }), 2 / IN, 2.2738 * Math.sqrt(2 / IN), 2],
  ['lecunUniform', lecunUniform(), 1 / IN, Math.sqrt(3 / IN), 0.8],
  ['lecunNormal', lecunNormal(), 1 / IN, Infinity, 2],
  ['randomUniform', randomUniform({ minimum: -2, maximum: 2 }), 16 / 12, 2, 0.8],
  ['randomNormal', randomNormal({ standardDeviation: 3 }), 9, Infinity, 2],
  ['truncatedNormal', truncatedNormal({ standardDeviation: 3 }), 9 * 0.8796256610342398 ** 2, 6, 2],
  ['fanOut, normal', varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'normal' }), 3 / OUT, Infinity, 2],
  ['the default of varianceScaling', varianceScaling(), 1 / IN, 2.2738 / Math.sqrt(IN), 2],
];

describe.each(DISTRIBUTIONS)('%s', (_, initializer, variance, largest, spread) => {
  test.each([1, 2, 3])('has the mean 0 and the variance of its formula, seed %i', (seed) => {
    const values = draw(initializer, SHAPE, seed);
    const got = moments(values);
    // Five standard deviations of a sample mean and a sample variance.
    expect(Math.abs(got.mean)).toBeLessThan(5 * Math.sqrt(variance / COUNT));
    expect(Math.abs(got.variance / variance - 1)).toBeLessThan(5 * Math.sqrt(spread / COUNT));
    expect(values.every((value) => Math.abs(value) <= largest * 1.0001)).toBe(true);
  });
});

test('the window of a convolution counts to both fans', () => {
  const { variance } = moments(draw(glorotNormal(), [5, 5, 40, 60]));
  expect(variance * (25 * (40 + 60))).toBeCloseTo(2, 1);
});

/** Largest distance of the products of rows (or columns) from the identity times gain^2. */
function orthogonality(values: Float32Array, rows: number, columns: number, gain = 1): number {
  const at = (r: number, c: number) => values[r * columns + c]!;
  const count = Math.min(rows, columns);
  let worst = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let dot = 0;
      for (let k = 0; k < Math.max(rows, columns); k++) {
        dot += rows > columns ? at(k, a) * at(k, b) : at(a, k) * at(b, k);
      }
      worst = Math.max(worst, Math.abs(dot - (a === b ? gain * gain : 0)));
    }
  }
  return worst;
}

describe('orthogonal', () => {
  test.each([
    [1, 1],
    [3, 3],
    [17, 17],
    [64, 64],
    [90, 33],
    [33, 90],
    [4, 256],
  ])('is orthonormal: %i by %i', (rows, columns) => {
    expect(orthogonality(draw(orthogonal(), [rows, columns]), rows, columns)).toBeLessThan(1e-5);
    expect(orthogonality(draw(orthogonal({ gain: 2 }), [rows, columns]), rows, columns, 2)).toBeLessThan(4e-5);
  });

  test('stays orthonormal where the drawn rows nearly agree', () => {
    const [rows, columns] = [12, 40];
    const noise = draw(orthogonal(), [rows, columns], 7);
    const data = noise.map((value, i) => noise[i % columns]! + 1e-4 * value);
    const { basis } = evaluateFunction(({ x }, graph) => ({ basis: graph.emit('orthonormalRows', [x], {}) }), {
      x: { data, shape: [rows, columns] },
    });
    expect(orthogonality(basis.data as Float32Array, rows, columns)).toBeLessThan(1e-5);
  });

  test('takes a convolution kernel as a matrix of its units', () => {
    expect(orthogonality(draw(orthogonal(), [3, 3, 4, 8]), 36, 8)).toBeLessThan(1e-5);
  });

  test('is uniform: every entry of a small matrix has mean 0 and variance 1/n', () => {
    const n = 3;
    const sums = new Float64Array(n * n);
    const squares = new Float64Array(n * n);
    const draws = 600;
    for (let seed = 0; seed < draws; seed++) {
      draw(orthogonal(), [n, n], seed).forEach((value, i) => {
        sums[i]! += value / draws;
        squares[i]! += (value * value) / draws;
      });
    }
    for (const mean of sums) expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / n / draws));
    for (const square of squares) expect(Math.abs(square - 1 / n)).toBeLessThan(5 * Math.sqrt(0.09 / draws));
  });

  test('refuses a vector', () => {
    expect(() => draw(orthogonal(), [5])).toThrow(ShapeError);
  });
});

test('identity has ones on the diagonal, also when it is not square', () => {
  expect([...draw(identity({ gain: 3 }), [2, 3])]).toEqual([3, 0, 0, 0, 3, 0]);
});

describe('contract', () => {
  const given: Readonly<Record<string, Initializer>> = {
    ...Object.fromEntries(DISTRIBUTIONS.map(([, initializer]) => [initializer.name, initializer])),
    zeros: zeros(),
    ones: ones(),
    constant: constant(0.25),
    orthogonal: orthogonal({ gain: 1.5 }),
    identity: identity({ gain: 2 }),
  };

  test('every initialiser is tried', () => {
    expect(Object.keys(given).sort()).toEqual(Object.keys(INITIALIZERS).sort());
  });

  test.each(Object.entries(given))('%s comes back from its configuration, with the same bytes', (_, initializer) => {
    const json = JSON.parse(JSON.stringify({ name: initializer.name, config: initializer.config })) as Initializer;
    const again = resolveInitializer('test', json);
    expect(again.config).toEqual(initializer.config);
    expect(draw(again, [6, 9], 4)).toEqual(draw(initializer, [6, 9], 4));
  });

  test('another seed draws other values', () => {
    expect(draw(orthogonal(), [4, 4], 1)).not.toEqual(draw(orthogonal(), [4, 4], 2));
  });

  test.each([
    ['a negative scale', () => varianceScaling({ scale: -1 })],
    ['an unknown mode', () => varianceScaling({ mode: 'fanBoth' as never })],
    ['an unknown distribution', () => varianceScaling({ distribution: 'gamma' as never })],
    ['a negative deviation', () => truncatedNormal({ standardDeviation: -1 })],
    ['an unknown option', () => orthogonal({ gian: 1 } as never)],
    ['an unknown name', () => resolveInitializer('dense_1', 'orthogonl' as never)],
    ['something else', () => resolveInitializer('dense_1', 5 as never)],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(OptionError);
  });
});
