// Trees that grow in the core's memory: bit for bit those of plain JavaScript, on any number of threads, and nothing stays behind.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { binSamples } from '../../bindings/ensembles/tree/bins.js';
import { Grower, growTree, predictTree, type GrowOptions } from '../../bindings/ensembles/tree/growTree.js';
import { sortValues } from '../../bindings/ensembles/tree/sortValues.js';
import { SplitFinder } from '../../bindings/ensembles/tree/splitFinder.js';
import { adaBoost, bagging, decisionTree, gradientBoosting, MemoryLimitError } from '../../bindings/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';
import { PAGE_BYTES } from '../../bindings/runtime/memory.js';
import { makeRandom, usedBytes } from '../model/support.js';
import { referenceTree } from './referenceTree.js';
import { rings, waves } from './support.js';

interface Case {
  count: number;
  features: number;
  outputs: number;
  /** Values of a feature; many are in bins of several. */
  distinct: number;
  maxBins: number;
  isWeighted: boolean;
  options: GrowOptions;
}

const cases: fc.Arbitrary<Case> = fc.record({
  count: fc.integer({ min: 1, max: 150 }),
  features: fc.integer({ min: 1, max: 5 }),
  outputs: fc.integer({ min: 1, max: 4 }),
  distinct: fc.constantFrom(1, 2, 5, 1e6),
  maxBins: fc.constantFrom(2, 7, 256),
  isWeighted: fc.boolean(),
  options: fc.record({
    maxDepth: fc.integer({ min: 1, max: 8 }),
    minSamplesLeaf: fc.integer({ min: 1, max: 5 }),
    maxLeaves: fc.constantFrom(2, 5, Infinity),
    lambda: fc.constantFrom(0, 0.5),
    maxFeatures: fc.constantFrom(0.3, 0.6, 1),
    seed: fc.integer({ min: 0, max: 1000 }),
  }),
});

function draw({ count, features, outputs, distinct, maxBins, isWeighted, options }: Case) {
  const random = makeRandom(options.seed * 7919 + count);
  const data = Float32Array.from({ length: count * features }, () => Math.floor(random() * distinct));
  const hessians = Float64Array.from({ length: count }, () => (isWeighted ? random() * (random() < 0.9 ? 1 : 0) : 1));
  const gradients = Float64Array.from(
    { length: count * outputs },
    (_, i) => hessians[Math.floor(i / outputs)]! * (random() - 0.3),
  );
  const samples = { data, count, size: features, sampleShape: [features] };
  return { samples, binned: binSamples('test', samples, maxBins), targets: { gradients, hessians, outputs } };
}

afterEach(() => vi.resetModules());

describe('a tree', () => {
  test('has the bits of one that plain sums grow', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { binned, targets } = draw(given);
        expect(growTree(binned, targets, given.options)).toEqual(referenceTree(binned, targets, given.options));
      }),
      { numRuns: 400 },
    );
  });

  test('says of the samples that it grew on what walking it says', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { samples, binned, targets } = draw(given);
        const finder = new SplitFinder(binned, targets.outputs);
        const grower = new Grower(finder, given.options);
        const tree = grower.grow(targets);
        expect(grower.fitted()).toEqual(predictTree(tree, samples.data, samples.count, samples.size));
        finder.dispose();
      }),
    );
  });

  test('grows on some of the samples, and the next on others', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 5 }), (given, step) => {
        const { binned, targets } = draw(given);
        const finder = new SplitFinder(binned, targets.outputs);
        const all = Array.from({ length: given.count }, (_, row) => row);
        for (const rows of [all.filter((row) => row % step === 0), all]) {
          const tree = new Grower(finder, given.options).grow(targets, rows);
          expect(tree).toEqual(referenceTree(binned, targets, given.options, rows));
        }
        finder.dispose();
      }),
    );
  });
});

describe('bins', () => {
  test('hold the values up to their bounds, however far apart these are', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 256 }), (drawn, maximum) => {
        const data = Float64Array.from(drawn);
        const samples = { data, count: data.length, size: 1, sampleShape: [1] };
        const { bins, bounds } = binSamples('test', samples, maximum);
        expect([...bins]).toEqual(drawn.map((value) => bounds[0]!.filter((bound) => bound < value).length));
      }),
      { numRuns: 500 },
    );
  });
});

describe('sorting', () => {
  test('of many values gives the bits of a sort by comparison', () => {
    const random = makeRandom(5);
    const odd = [0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, 1, -1];
    for (const count of [1, 2047, 2048, 5000]) {
      const values = Float32Array.from({ length: count }, (_, i) =>
        i % 5 === 0 ? odd[i % odd.length]! : (random() - 0.5) * 10 ** (30 * random() - 15),
      );
      const bits = (sorted: Float32Array) => [...new Uint32Array(sorted.buffer)];
      const before = values.slice();
      expect(bits(sortValues(values))).toEqual(bits(values.slice().sort()));
      expect(values).toEqual(before);
    }
  });
});

const ring = rings(300, 1, 0.1);
const wave = waves(300, 3, 0.2);
const FITS: Record<string, (options?: { onMember?: () => void }) => Promise<unknown>> = {
  'a forest': (options) =>
    bagging({
      task: 'classification',
      estimators: 4,
      build: (seed) => decisionTree({ maxFeatures: 0.5, seed }),
    }).fit(ring.x, ring.y, options),
  'boosted stumps': (options) =>
    adaBoost({ task: 'classification', estimators: 4, build: () => decisionTree({ maxDepth: 1 }) }).fit(
      ring.x,
      ring.y,
      options,
    ),
  'boosted trees': (options) =>
    gradientBoosting({ task: 'regression', estimators: 4, subsample: 0.7 }).fit(wave.x, wave.y, options),
  'boosted trees of three classes': (options) =>
    gradientBoosting({ task: 'classification', estimators: 4 }).fit(ring.x, ring.y, options),
};

test('a stage of boosting grows on its share of the samples alone', async () => {
  // 300 samples: a leaf of 90 needs 180 of them to be split off.
  const nodesOf = async (subsample: number) => {
    const tree = { minSamplesLeaf: 90 };
    const boosted = gradientBoosting({ task: 'regression', estimators: 3, subsample, tree });
    await boosted.fit(wave.x, wave.y);
    const states = await Promise.all(boosted.members.map((member) => member.save()));
    return states.map(({ feature }) => (feature as Int32Array).length);
  };
  expect(await nodesOf(0.5)).toEqual([1, 1, 1]);
  expect(Math.min(...(await nodesOf(0.7)))).toBeGreaterThan(1);
});

describe("the core's memory", () => {
  test.each(Object.entries(FITS))('is free again after %s', async (_, fit) => {
    const before = usedBytes();
    await fit();
    expect(usedBytes()).toBe(before);
  });

  test.each(Object.entries(FITS))('is free again where %s could not be finished', async (_, fit) => {
    const before = usedBytes();
    const stop = new Error('enough');
    const onMember = () => {
      throw stop;
    };
    await expect(fit({ onMember })).rejects.toBe(stop);
    expect(usedBytes()).toBe(before);
  });

  test('is free again after growth that failed half-way', () => {
    let nodes = 0;
    const options: GrowOptions = {
      ...{ maxDepth: 9, minSamplesLeaf: 1, maxLeaves: Infinity, lambda: 0, seed: 0 },
      get maxFeatures(): number {
        if (++nodes === 5) throw new Error('no more');
        return 0.5;
      },
    };
    const shape = { count: 100, features: 3, outputs: 2, distinct: 1e6, maxBins: 256, isWeighted: false };
    const { binned, targets } = draw({ ...shape, options: { ...options, maxFeatures: 1 } });
    nodes = 0;
    const before = usedBytes();
    expect(() => growTree(binned, targets, options)).toThrow('no more');
    expect(usedBytes()).toBe(before);
  });

  test('may grow between the trees of a boosting', async () => {
    const boosting = () => gradientBoosting({ task: 'regression', estimators: 5 });
    const expected = (await boosting().fit(wave.x, wave.y)).trainingLoss;
    const runtime = getRuntime();
    const blocks: number[] = [];
    const onMember = () => {
      const { buffer } = runtime.memory;
      blocks.push(runtime.heap.allocate(buffer.byteLength, 'a neighbour'));
      expect(buffer.byteLength).toBe(0); // views of it are dead
    };
    const boosted = await boosting().fit(wave.x, wave.y, { onMember });
    blocks.forEach((block) => runtime.heap.release(block));
    expect(boosted.trainingLoss).toEqual(expected);
  });

  test('that is too small for the samples is an error that says so', async () => {
    vi.resetModules();
    const library = await import('../../bindings/index.js');
    await library.init({ maximumBytes: 64 * PAGE_BYTES });
    const count = 300_000;
    const data = new Float32Array(count).map((_, i) => i);
    const boosting = library.gradientBoosting({ task: 'regression', estimators: 2 });
    const fitting = boosting.fit({ data, shape: [count, 1] }, data);
    await expect(fitting).rejects.toThrow(/growing trees on 300000 samples of 1 features needs .* MB/);
    await expect(fitting).rejects.toHaveProperty('name', MemoryLimitError.name);
  });
});

test('the bits do not depend on threads', async () => {
  // So large that a node is worth several threads.
  const count = 6000;
  const random = makeRandom(3);
  const data = Float32Array.from({ length: count * 8 }, () => random() - 0.5);
  const y = Float32Array.from({ length: count }, (_, i) => data[8 * i]! * data[8 * i + 1]! + 0.1 * random());
  const bitsOn = async (threads: number) => {
    vi.resetModules();
    const library = await import('../../bindings/index.js');
    const { getRuntime: runtimeOf } = await import('../../bindings/runtime/runtime.js');
    await library.init({ threads });
    expect(runtimeOf().threads).toBe(threads);
    const boosted = library.gradientBoosting({ task: 'regression', estimators: 6, tree: { maxDepth: 5 } });
    await boosted.fit({ data, shape: [count, 8] }, y);
    const file = await boosted.save();
    runtimeOf().dispose();
    return Buffer.from(file).toString('base64');
  };
  const expected = await bitsOn(1);
  for (const threads of [2, 3, 5]) expect(await bitsOn(threads)).toBe(expected);
});
