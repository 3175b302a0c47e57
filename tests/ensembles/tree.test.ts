// Trees against a search over all splits, on data with few distinct values, for which bins lose nothing.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binSamples } from '../../bindings/ensembles/tree/bins.js';
import { growTree, leafOf, predictTree } from '../../bindings/ensembles/tree/growTree.js';
import { decisionTree } from '../../bindings/index.js';

const OPTIONS = { maxDepth: 1, minSamplesLeaf: 1, maxLeaves: Infinity, lambda: 0, maxFeatures: 1, seed: 0 };

interface Case {
  features: number;
  x: number[][];
  y: number[];
  weights: number[];
}

const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 3 }).chain((features) =>
  fc
    .array(
      fc.tuple(
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: features, maxLength: features }),
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
      ),
      { minLength: 2, maxLength: 25 },
    )
    .map((rows) => ({
      features,
      x: rows.map(([x]) => x),
      y: rows.map(([, y]) => y),
      weights: rows.map(([, , weight]) => weight),
    })),
);

const samplesOf = ({ x, features }: Case) => ({
  data: Float32Array.from(x.flat()),
  count: x.length,
  size: features,
  sampleShape: [features],
});

const targetsOf = ({ y, weights }: Case) => ({
  gradients: Float64Array.from(y, (value, i) => value * weights[i]!),
  hessians: Float64Array.from(weights),
  outputs: 1,
});

/** Weighted sum of squared distances to the weighted mean. */
function impurity({ y, weights }: Case, rows: readonly number[]): number {
  const total = rows.reduce((sum, row) => sum + weights[row]!, 0);
  if (total === 0) return 0;
  const mean = rows.reduce((sum, row) => sum + weights[row]! * y[row]!, 0) / total;
  return rows.reduce((sum, row) => sum + weights[row]! * (y[row]! - mean) ** 2, 0);
}

describe('a stump', () => {
  test('splits where the squared error falls most, of all splits that there are', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const rows = given.x.map((_, i) => i);
        let least = impurity(given, rows);
        for (let feature = 0; feature < given.features; feature++) {
          for (const bound of new Set(given.x.map((x) => x[feature]!))) {
            const left = rows.filter((row) => given.x[row]![feature]! <= bound);
            const right = rows.filter((row) => given.x[row]![feature]! > bound);
            least = Math.min(least, impurity(given, left) + impurity(given, right));
          }
        }
        const samples = samplesOf(given);
        const tree = growTree(binSamples('test', samples, 256), targetsOf(given), OPTIONS);
        const predicted = predictTree(tree, samples.data, samples.count, samples.size);
        const error = rows.reduce((sum, row) => sum + given.weights[row]! * (given.y[row]! - predicted[row]!) ** 2, 0);
        expect(error).toBeCloseTo(least, 6);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a deep tree', () => {
  test('gives each group of equal samples its weighted mean', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const samples = samplesOf(given);
        const tree = growTree(binSamples('test', samples, 256), targetsOf(given), { ...OPTIONS, maxDepth: 64 });
        const predicted = predictTree(tree, samples.data, samples.count, samples.size);
        for (const [row, own] of given.x.entries()) {
          const leaf = leafOf(tree, samples.data, row * given.features);
          const mates = given.x.flatMap((_, i) => (leafOf(tree, samples.data, i * given.features) === leaf ? [i] : []));
          const total = mates.reduce((sum, i) => sum + given.weights[i]!, 0);
          const mean = mates.reduce((sum, i) => sum + given.weights[i]! * given.y[i]!, 0) / total;
          expect(predicted[row]).toBeCloseTo(mean, 9);
          const equals = given.x.flatMap((x, i) => (x.join() === own.join() ? [i] : []));
          expect(mates).toEqual(expect.arrayContaining(equals));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('respects depth, leaves and the samples of a leaf', async () => {
    const count = 200;
    const x = { data: Float32Array.from({ length: count }, (_, i) => i), count, size: 1, sampleShape: [1] };
    const y = { data: Float32Array.from({ length: count }, (_, i) => (i * 7) % 31), count, size: 1, sampleShape: [1] };
    const leavesOf = async (options: object) => {
      const tree = decisionTree(options);
      await tree.fit(x, y, {});
      const { data } = await tree.predict(x);
      return data.filter((value, i) => i === 0 || value !== data[i - 1]).length;
    };
    expect(await leavesOf({ maxDepth: 1 })).toBe(2);
    expect(await leavesOf({ maxDepth: 3 })).toBeLessThanOrEqual(8);
    expect(await leavesOf({ maxDepth: 4 })).toBeGreaterThan(5);
    expect(await leavesOf({ maxDepth: 20, maxLeaves: 5 })).toBe(5);
    expect(await leavesOf({ maxDepth: 20, minSamplesLeaf: 60 })).toBeLessThanOrEqual(3);
    expect(await leavesOf({ maxDepth: 20, maxBins: 4 })).toBe(4);
  });
});

describe('bins', () => {
  test('keep the order of values, and equal values together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        (values, maximum) => {
          const data = Float32Array.from(values);
          const { bins, bounds } = binSamples('test', { data, count: data.length, size: 1, sampleShape: [1] }, maximum);
          expect(bounds[0]!.length).toBeLessThan(maximum);
          for (let a = 0; a < data.length; a++) {
            for (let b = 0; b < data.length; b++) {
              if (data[a]! < data[b]!) expect(bins[a]!).toBeLessThanOrEqual(bins[b]!);
              if (data[a] === data[b]) expect(bins[a]).toBe(bins[b]);
            }
          }
          const distinct = new Set(data.map((value) => value + 0)).size;
          if (distinct <= maximum) expect(new Set(bins).size).toBe(distinct);
        },
      ),
    );
  });
});
