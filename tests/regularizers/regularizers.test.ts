// Penalties in a model: reported apart from the data loss, differentiated, and refused where they make no sense.

import { describe, expect, test } from 'vitest';
import {
  dense,
  elasticNet,
  groupLasso,
  l1,
  l1l2,
  l2,
  layer,
  maxNorm,
  minMaxNorm,
  nonNegative,
  OptionError,
  orthogonalRegularizer,
  sequential,
  sgd,
  ShapeError,
  unitNorm,
  valueAndGradients,
  type Constraint,
  type Regularizer,
} from '../../bindings/index.js';
import { resolveConstraint } from '../../bindings/constraints/index.js';
import { resolveRegularizer } from '../../bindings/regularizers/index.js';
import { drawValues } from '../model/support.js';

const REGULARIZERS: readonly Regularizer[] = [
  l1(0.3),
  l1(0.3, { proximal: true }),
  l2(0.2),
  l2(0.2, { half: true }),
  l1l2({ l1: 0.1, l2: 0.2 }),
  elasticNet(0.3, { l1Ratio: 0.2 }),
  groupLasso(0.3),
  groupLasso(0.3, { scaleBySize: true, proximal: true }),
  orthogonalRegularizer(0.1),
  orthogonalRegularizer(0.1, { form: 'rows' }),
  orthogonalRegularizer(0.1, { form: 'cosineRows' }),
];

describe.each(
  REGULARIZERS.map(
    (regularizer) => [`${regularizer.name} ${JSON.stringify(regularizer.config)}`, regularizer] as const,
  ),
)('%s', (_, regularizer) => {
  const weights = { shape: [4, 3], data: drawValues(12, 3) };
  const penaltyOf = (own: Regularizer, data: Float32Array) =>
    valueAndGradients(({ w }) => ({ penalty: own.penalty(w) }), { w: { shape: [4, 3], data } });

  test('has the gradient of its penalty', () => {
    const { gradients } = penaltyOf(regularizer, weights.data);
    const direction = drawValues(12, 8);
    const at = (step: number) =>
      penaltyOf(
        regularizer,
        weights.data.map((w, i) => w + step * direction[i]!),
      ).values.penalty.data[0]!;
    const slope = Array.from(gradients.w!.data).reduce((sum, g, i) => sum + g * direction[i]!, 0);
    expect(slope).toBeCloseTo((at(1e-2) - at(-1e-2)) / 2e-2, 3);
  });

  test('comes back from its configuration', () => {
    const json = JSON.parse(JSON.stringify({ name: regularizer.name, config: regularizer.config })) as Regularizer;
    const again = resolveRegularizer('test', json);
    expect(again.config).toEqual(regularizer.config);
    expect(again.proximal === undefined).toBe(regularizer.proximal === undefined);
    expect(penaltyOf(again, weights.data).values).toEqual(penaltyOf(regularizer, weights.data).values);
  });

  test('is reported apart from the data loss, in training and evaluation', async () => {
    using net = sequential([dense(3, { inputShape: [4], kernelRegularizer: regularizer })], { seed: 1 });
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
    const [x, y] = [drawValues(20, 1), drawValues(15, 2)];
    const penalty = penaltyOf(regularizer, net.parameters()['dense_1/kernel']!.slice()).values.penalty.data[0]!;
    const { history } = await net.fit(x, y, { batchSize: 5 });
    const logs = await net.evaluate(x, y);
    for (const figures of [logs, Object.fromEntries(Object.entries(history).map(([k, v]) => [k, v[0]!]))]) {
      expect(figures.penalty).toBeCloseTo(penalty, 5);
      expect(figures.loss).toBeCloseTo(figures.dataLoss! + penalty, 5);
    }
  });
});

test('a whole zero row costs a group lasso nothing and has no gradient', () => {
  const { values, gradients } = valueAndGradients(({ w }) => ({ penalty: groupLasso(1).penalty(w) }), {
    w: [
      [0, 0],
      [3, 4],
    ],
  });
  expect(values.penalty.data[0]).toBe(5);
  expect([...gradients.w!.data].map((g) => Number(g.toFixed(6)))).toEqual([0, 0, 0.6, 0.8]);
});

test('without any penalty nothing is added to the logs', async () => {
  using net = sequential([dense(1, { inputShape: [2] })]);
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  expect(Object.keys(await net.evaluate(new Float32Array(4), new Float32Array(2)))).toEqual(['loss']);
});

test('a layer of one’s own adds to the penalty', async () => {
  const norm = layer({
    kind: 'norm',
    call([x], { addLoss }) {
      addLoss(x!.square().sum().mul(2));
      return x!;
    },
  });
  using net = sequential([norm], { seed: 1 });
  net.build([2]);
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const { penalty } = await net.evaluate(new Float32Array([1, 2, 3, 4]), new Float32Array(4));
  expect(penalty).toBeCloseTo(2 * (1 + 4 + 9 + 16), 4);
});

test('an activity regulariser counts the output, divided by the batch size', async () => {
  using net = sequential([dense(2, { inputShape: [2], useBias: false, activityRegularizer: l1(0.5) })], { seed: 1 });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const x = drawValues(8, 5);
  const { data } = await net.predict(x);
  const { penalty } = await net.evaluate(x, new Float32Array(8), { batchSize: 4 });
  expect(penalty).toBeCloseTo((0.5 * data.reduce((sum, value) => sum + Math.abs(value), 0)) / 4, 5);
});

const CONSTRAINTS: readonly (readonly [Constraint, (columns: number[][]) => void])[] = [
  [maxNorm(0.5), (columns) => columns.forEach((column) => expect(Math.hypot(...column)).toBeLessThan(0.5001))],
  [unitNorm(), (columns) => columns.forEach((column) => expect(Math.hypot(...column)).toBeCloseTo(1, 5))],
  [
    minMaxNorm({ minimum: 0.8, maximum: 0.9 }),
    (columns) =>
      columns.forEach((column) => {
        expect(Math.hypot(...column)).toBeGreaterThan(0.7999);
        expect(Math.hypot(...column)).toBeLessThan(0.9001);
      }),
  ],
  [nonNegative(), (columns) => expect(columns.flat().every((value) => value >= 0)).toBe(true)],
];

describe.each(CONSTRAINTS.map(([constraint, check]) => [constraint.name, constraint, check] as const))(
  'the constraint %s',
  (_, constraint, check) => {
    test('holds after every update', async () => {
      using net = sequential([dense(3, { inputShape: [4], kernelConstraint: constraint })], { seed: 1 });
      net.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
      const onBatchEnd = () => {
        const kernel = net.parameters()['dense_1/kernel']!;
        check([0, 1, 2].map((column) => [0, 1, 2, 3].map((row) => kernel[row * 3 + column]!)));
      };
      await net.fit(drawValues(40, 1), drawValues(30, 2), { epochs: 3, batchSize: 5, callbacks: [{ onBatchEnd }] });
    });

    test('comes back from its configuration', () => {
      const json = JSON.parse(JSON.stringify({ name: constraint.name, config: constraint.config })) as Constraint;
      expect(resolveConstraint('test', json).config).toEqual(constraint.config);
    });
  },
);

test('max-norm leaves what is within it alone, to the bit', async () => {
  using net = sequential([dense(3, { inputShape: [4], kernelConstraint: maxNorm(100) })], { seed: 1 });
  const before = net.parameters()['dense_1/kernel']!.slice();
  net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
  await net.fit(drawValues(20, 1), drawValues(15, 2));
  expect(net.parameters()['dense_1/kernel']).toEqual(before);
});

describe('refuses', () => {
  test.each([
    ['a negative lambda', () => l1(-1)],
    ['a negative lambda', () => l2(-0.1)],
    ['a negative factor', () => l1l2({ l2: -1 })],
    ['a ratio beyond 1', () => elasticNet(1, { l1Ratio: 1.5 })],
    ['a negative lambda', () => groupLasso(-1)],
    ['an unknown form', () => orthogonalRegularizer(1, { form: 'diagonal' as never })],
    ['an unknown option', () => l1(1, { proximl: true } as never)],
    ['an unknown regulariser', () => dense(2, { kernelRegularizer: 'l3' as never })],
    ['something else', () => dense(2, { kernelRegularizer: 0.01 as never })],
    ['a norm of 0', () => maxNorm(0)],
    ['bounds out of order', () => minMaxNorm({ minimum: 2, maximum: 1 })],
    ['an unknown constraint', () => dense(2, { kernelConstraint: 'maxNrom' as never })],
  ])('%s', (_, make) => {
    expect(make).toThrow(OptionError);
  });

  test('a group lasso or orthogonality of a vector, naming the parameter', async () => {
    for (const biasRegularizer of [groupLasso(0.1), orthogonalRegularizer(0.1)]) {
      using net = sequential([dense(2, { inputShape: [2], biasRegularizer })]);
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await expect(net.evaluate(new Float32Array(4), new Float32Array(4))).rejects.toThrow(ShapeError);
    }
  });
});
