// Fits of whole ensembles of trees, with the binning of features where there is some. Libraries draw and search in their own ways,
// so that what they predict of other samples is what can be compared.

import { fillUniform, makeRandom } from '../random.js';
import type { TreesCase } from '../subject.js';
import { suiteOf } from '../suite.js';

type Settings = Omit<TreesCase, 'x' | 'y' | 'xTest' | 'yTest'> & { samples: number };

const BOOSTING = {
  kind: 'boosting',
  trees: 100,
  maxDepth: 6,
  maxFeatures: 1,
  learningRate: 0.1,
  features: 20,
} as const;
const FOREST = { kind: 'forest', trees: 20, maxDepth: 12, maxFeatures: 0.3, learningRate: 1, features: 20 } as const;

const CASES: readonly Settings[] = [
  { name: 'boosting 10000x20, 100 of depth 6', samples: 10_000, ...BOOSTING },
  { name: 'boosting 1000x20, 100 of depth 6', samples: 1000, ...BOOSTING },
  { name: 'forest 10000x20, 20 of depth 12', samples: 10_000, ...FOREST },
  { name: 'forest 500x20, 20 of depth 12', samples: 500, ...FOREST },
];
const TEST_SAMPLES = 2000;

/** Share of the variance, and accuracy among three classes of a third each, of which right answers have more. */
const LEAST_SCORES = { boosting: 0.8, forest: 0.5 };

export const trees = suiteOf(
  'trees',
  CASES,
  ({ name }) => name,
  (settings) => {
    const given = makeCase(settings);
    const { samples, features, maxFeatures, maxDepth } = settings;
    return {
      // Hessian, number and gradient of each sample, added to a bin of each feature at each level.
      work: { flops: 3 * samples * features * maxFeatures * settings.trees * maxDepth },
      unit: 'ms',
      create: (subject) => subject.trees?.(given),
      check: (outputs) => checkTrees(given, outputs),
    };
  },
);

function makeCase({ samples, ...settings }: Settings): TreesCase {
  const random = makeRandom(samples);
  const draw = (count: number) => {
    const x = fillUniform(random, count * settings.features, 1);
    const values = Float32Array.from({ length: count }, (_, row) => {
      const own = x.subarray(row * settings.features, (row + 1) * settings.features);
      return surface(own) + 0.2 * (random() - 0.5);
    });
    return { x, y: settings.kind === 'boosting' ? values : Int32Array.from(values, classOf) };
  };
  const [train, test] = [draw(samples), draw(TEST_SAMPLES)];
  return { ...settings, ...train, xTest: test.x, yTest: test.y };
}

/** A curve, a product, and a little of every feature. */
const surface = (x: Float32Array): number =>
  Math.sin(3 * x[0]!) + x[1]! * x[2]! + x.reduce((sum, value, i) => sum + (i % 2 ? 0.15 : -0.15) * value, 0);

/** Of a value: a third of all samples each. */
const classOf = (value: number): number => (value < -0.5 ? 0 : value < 0.5 ? 1 : 2);

/** What is wrong with what was predicted of samples that were not fitted, if anything. */
export function checkTrees(
  { kind, yTest }: Pick<TreesCase, 'kind' | 'yTest'>,
  predicted: ArrayLike<number>,
): string | undefined {
  if (predicted.length !== yTest.length) return `there are ${predicted.length} values, expected ${yTest.length}`;
  const score = kind === 'boosting' ? explainedVariance(yTest, predicted) : accuracy(yTest, predicted);
  if (score >= LEAST_SCORES[kind]) return undefined;
  return `a score of ${score.toFixed(3)} on other samples, expected ${LEAST_SCORES[kind]}`;
}

function explainedVariance(y: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const values = Array.from(y);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = (centre: (i: number) => number) =>
    values.reduce((sum, value, i) => sum + (value - centre(i)) ** 2, 0);
  return 1 - squares((i) => predicted[i]!) / squares(() => mean);
}

const accuracy = (y: ArrayLike<number>, predicted: ArrayLike<number>): number =>
  Array.from(y).filter((label, i) => label === predicted[i]).length / y.length;
