// Gradient health: verdicts on nets that have each illness, figures against hand-made ones, and that nothing is changed.

import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNormalization,
  constant,
  conv2d,
  dense,
  dropout,
  flatten,
  GRADIENT_THRESHOLDS,
  gradientHealth,
  l2,
  measureGradients,
  OptionError,
  randomNormal,
  residual,
  sequential,
  sgd,
  type GradientHealthReport,
  type Layer,
  type LayerHealth,
  type LayerMeasurement,
  type Model,
} from '../../bindings/index.js';
import { equalUnits } from '../../bindings/diagnosis/equalUnits.js';
import { judgeGradients } from '../../bindings/diagnosis/judgeGradients.js';
import { drawValues, expectError, hashOf, usedBytes } from '../model/support.js';

const SAMPLES = 64;
const WIDTH = 32;
const x = drawValues(SAMPLES * 8, 1);
const y = Int32Array.from({ length: SAMPLES }, (_, i) => Number(x[8 * i]! + x[8 * i + 1]! > 0) + Number(x[8 * i]! > 0));

const compiled = (
  layers: readonly Layer[],
  optimizer: Parameters<Model['compile']>[0]['optimizer'] = 'adam',
): Model => {
  const net = sequential([dense(WIDTH, { name: 'first', inputShape: [8] }), ...layers, dense(3, { name: 'head' })], {
    seed: 1,
  });
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' });
  return net;
};

const chain = (depth: number, block: (index: number) => Layer[]): Layer[] =>
  Array.from({ length: depth }, (_, i) => block(i)).flat();

const sigmoidNet = () => compiled(chain(19, () => [dense(WIDTH, { activation: 'sigmoid' })]));
const normalizedNet = () =>
  compiled(
    chain(19, () => [
      dense(WIDTH, { kernelInitializer: 'heNormal', useBias: false }),
      batchNormalization(),
      activation('relu'),
    ]),
  );
const residualNet = () =>
  compiled(chain(10, () => [residual([dense(WIDTH, { activation: 'sigmoid' }), dense(WIDTH)])]));
const deadNet = () =>
  compiled(
    chain(4, (i) => [dense(WIDTH, { activation: 'relu', ...(i === 2 && { biasInitializer: constant(-100) }) })]),
  );
const explodingNet = () =>
  compiled(
    chain(19, () => [dense(WIDTH, { activation: 'relu', kernelInitializer: randomNormal({ standardDeviation: 1 }) })]),
  );

const of = (report: GradientHealthReport, layer: string): LayerHealth =>
  report.layers.find((entry) => entry.layer === layer)!;

const normOf = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

describe('verdicts', () => {
  test('20 sigmoid layers: vanishing, before training and after', async () => {
    using net = sigmoidNet();
    const health = gradientHealth(x, y);
    await net.fit(x, y, { epochs: 2, callbacks: [health] });
    expect(health.reports.map(({ epoch, verdict }) => `${epoch} ${verdict}`)).toEqual([
      '0 vanishing',
      '1 vanishing',
      '2 vanishing',
    ]);
    const [before] = health.reports;
    expect(of(before!, 'first').flow).toBeLessThan(1e-10);
    expect(of(before!, 'first').gradientNorm).toBeGreaterThan(0);
    expect(of(before!, 'first').verdict).toBe('vanishing');
    expect(of(before!, 'dense_19')).toMatchObject({ verdict: 'healthy', flow: 1 });
    expect(before!.remedies.join()).toMatch(/residual/);
    expect(before!.format()).toMatch(/^epoch +layer[^]*Gradients: vanishing\.\nTo try next:\n- /);
    expect(String(health).split('\n')).toHaveLength(1 + 3 * 21);
  });

  test('gradients whose squares are 0 in float32 are told from none', async () => {
    using net = compiled(chain(40, () => [dense(8, { activation: 'sigmoid' })]));
    const report = await measureGradients(net, x, y);
    expect(of(report, 'first').flow).toBeGreaterThan(0);
    expect(of(report, 'first').flow).toBeLessThan(1e-23);
    expect(of(report, 'first').verdict).toBe('vanishing');
  });

  test.each([
    ['He, ReLU and batch normalisation', normalizedNet],
    ['sigmoid in residual blocks', residualNet],
  ])('20 layers, %s: healthy, before training and after', async (_, makeNet) => {
    using net = makeNet();
    const health = gradientHealth(x, y);
    await net.fit(x, y, { epochs: 2, callbacks: [health] });
    for (const report of health.reports) {
      expect(report.verdict).toBe('healthy');
      expect(report.layers.every(({ verdict }) => verdict === 'healthy')).toBe(true);
      expect(report.remedies).toEqual([]);
    }
  });

  test('ReLU units that are off: dead, and all that lies before them', async () => {
    using net = deadNet();
    const report = await measureGradients(net, x, y);
    expect(report.verdict).toBe('dead');
    expect(of(report, 'dense_2').deadShare).toBeLessThan(0.2);
    expect(of(report, 'dense_3').deadShare).toBe(1);
    expect(of(report, 'first')).toMatchObject({ verdict: 'dead', gradientNorm: 0, flow: 0, updateRatio: 0 });
    expect(report.remedies.join()).toMatch(/leakyRelu/);
  });

  test('first weights that are too large: exploding', async () => {
    using net = explodingNet();
    const report = await measureGradients(net, x, y);
    expect(report.verdict).toBe('exploding');
    expect(of(report, 'first').verdict).toBe('exploding');
    expect(of(report, 'first').flow).toBeGreaterThan(1e6);
    expect(report.remedies[0]).toMatch(/globalClipNorm/);
  });

  test('a loss that is not finite: exploding', async () => {
    using net = compiled([dense(4, { name: 'mid' })]);
    net.setParameters({ 'mid/kernel': new Float32Array(4 * WIDTH).fill(1e38) });
    const before = hashOf(net);
    const report = await measureGradients(net, x, y);
    expect(report.verdict).toBe('exploding');
    expect(of(report, 'mid').updateRatio).toBeNaN();
    expect(hashOf(net)).toBe(before);
  });
});

describe('figures', () => {
  test('are those of a step on the batch', async () => {
    using net = compiled([dense(5, { activation: 'tanh', kernelRegularizer: l2(10) }), dropout(0.5)], sgd());
    using plain = compiled([dense(5, { activation: 'tanh' })], sgd({ learningRate: 0.5 }));
    const report = await measureGradients(net, x, y);
    const copy = await measureGradients(plain, x, y);
    const weights = normOf([...plain.parameters()['dense_1/kernel']!, ...plain.parameters()['dense_1/bias']!]);
    await plain.fit(x, y, { batchSize: SAMPLES, shuffle: false });
    const gradients = plain.gradients();
    for (const layer of ['first', 'dense_1', 'head']) {
      const expected = normOf([...gradients[`${layer}/kernel`]!, ...gradients[`${layer}/bias`]!]);
      expect(of(copy, layer).gradientNorm! / expected).toBeCloseTo(1, 5);
      // Without the penalty and the dropout it is the same net.
      expect(of(report, layer).gradientNorm! / expected).toBeCloseTo(1, 5);
    }
    const { gradientNorm, weightNorm, updateRatio } = of(copy, 'dense_1');
    expect(weightNorm).toBeCloseTo(weights, 5);
    expect(updateRatio! / ((0.5 * gradientNorm!) / weights)).toBeCloseTo(1, 3);
  });

  test('flow is what the layers behind make of the gradient', async () => {
    using net = compiled([dense(WIDTH, { name: 'mid' })]);
    const kernel = new Float32Array(WIDTH * WIDTH);
    for (let i = 0; i < WIDTH; i++) kernel[i * WIDTH + i] = 8;
    net.setParameters({ 'mid/kernel': kernel });
    const report = await measureGradients(net, x, y);
    expect(of(report, 'first').flow).toBeCloseTo(8, 4);
    expect(of(report, 'mid').flow).toBe(1);
    expect(of(report, 'head').flow).toBeUndefined();
  });

  test('dead and saturated shares, in nested layers too, but not of outputs', async () => {
    const hidden = [
      dense(8, { activation: 'relu', name: 'relu' }),
      residual([dense(8, { activation: 'sigmoid' })], { name: 'gate' }),
      dense(4, { activation: 'mish', name: 'mish' }),
      dense(4, { activation: 'tanh', name: 'tanh' }),
    ];
    using net = sequential([
      dense(8, { inputShape: [8] }),
      ...hidden,
      dense(1, { activation: 'sigmoid', name: 'out' }),
    ]);
    net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
    const bias = (size: number, off: Record<number, number>) =>
      Float32Array.from({ length: size }, (_, i) => off[i] ?? 0.5);
    net.setParameters({
      'relu/bias': bias(8, { 0: -99, 3: -99, 7: -99 }),
      'gate/dense/bias': bias(8, { 1: 50, 2: -50 }),
      'tanh/bias': bias(4, { 2: -90 }),
      'mish/bias': bias(4, { 0: 90, 1: 90 }),
      'out/bias': [80],
    });
    const labels = Float32Array.from(y, (label) => Number(label > 0));
    const report = await measureGradients(net, x, labels);
    expect(of(report, 'relu').deadShare).toBe(3 / 8);
    expect(of(report, 'gate').saturatedShare).toBeCloseTo(2 / 8, 6);
    expect(of(report, 'tanh').saturatedShare).toBeGreaterThanOrEqual(1 / 4);
    expect(of(report, 'mish').saturatedShare).toBeUndefined();
    expect(of(report, 'out').saturatedShare).toBeUndefined();
    expect(of(report, 'relu').saturatedShare).toBeUndefined();
  });

  test('a channel is dead where it is so at every position', async () => {
    using net = sequential([
      conv2d(2, 3, { activation: 'relu', name: 'conv', inputShape: [4, 4, 1] }),
      flatten(),
      dense(3),
    ]);
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
    net.setParameters({ 'conv/bias': [-50, 0] });
    const report = await measureGradients(net, drawValues(SAMPLES * 16, 3), y);
    expect(of(report, 'conv').deadShare).toBe(1 / 2);
  });

  test('equal units have a remedy', async () => {
    using net = compiled([dense(6, { name: 'mid', kernelInitializer: constant(0.1) })]);
    const report = await measureGradients(net, x, y);
    expect(of(report, 'mid').equalShare).toBe(1);
    expect(of(report, 'first').equalShare).toBe(0);
    expect(report.remedies.join()).toMatch(/random first weights/);
    expect(equalUnits([1, 2, 1, 5, 3, 4, 3, 9], 4)).toBe(1 / 2);
    expect(equalUnits([1, 2, 1, 5, 3, 4, 3, 9], 4, [0, 0, 1, 0])).toBe(0);
    expect(equalUnits([0, 0, 1, 2], 4)).toBe(0);
    expect(equalUnits([0, 0, 0], 3)).toBe(1);
  });
});

test('the limits', () => {
  const measured = { layer: 'a', gradientNorm: 1, weightNorm: 1, updateRatio: 0.01, flow: 1 };
  const rest = { deadShare: undefined, saturatedShare: undefined, equalShare: undefined };
  const judge = (own: Partial<LayerMeasurement>) => judgeGradients([{ ...measured, ...rest, ...own }]);
  const { vanishingFlow, explodingFlow, explodingGradient, deadShare } = GRADIENT_THRESHOLDS;
  expect(judge({ flow: vanishingFlow }).verdict).toBe('healthy');
  expect(judge({ flow: 0.9 * vanishingFlow }).verdict).toBe('vanishing');
  expect(judge({ flow: 0 }).verdict).toBe('vanishing');
  expect(judge({ flow: explodingFlow }).verdict).toBe('healthy');
  expect(judge({ flow: 1.1 * explodingFlow }).verdict).toBe('exploding');
  expect(judge({ gradientNorm: explodingGradient }).verdict).toBe('healthy');
  expect(judge({ gradientNorm: 1.1 * explodingGradient }).verdict).toBe('exploding');
  expect(judge({ weightNorm: 0, gradientNorm: 1 }).verdict).toBe('healthy');
  expect(judge({ gradientNorm: NaN }).verdict).toBe('exploding');
  expect(judge({ deadShare }).verdict).toBe('dead');
  expect(judge({ deadShare: 0.9 * deadShare }).verdict).toBe('healthy');
  expect(judge({ updateRatio: 0.2 }).remedies).toHaveLength(1);
  expect(judge({ saturatedShare: 0.6 }).remedies).toHaveLength(2);
});

describe('the callback', () => {
  const makeNet = () => {
    const net = compiled([batchNormalization(), dropout(0.3), dense(6, { activation: 'relu' })]);
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', gradientAccumulation: 2 });
    return net;
  };

  test('changes nothing, and gives back what it took', async () => {
    using net = makeNet();
    using expected = makeNet();
    const options = { epochs: 3, batchSize: 20 };
    const histories = [await expected.fit(x, y, options)];
    net.parameters();
    const before = usedBytes();
    const health = gradientHealth(x, y);
    histories.push(await net.fit(x, y, { ...options, callbacks: [health] }));
    expect(usedBytes()).toBe(before);
    expect(hashOf(net)).toBe(hashOf(expected));
    expect(histories[1]).toEqual(histories[0]);
    expect(net.step).toBe(expected.step);
    expect(health.reports).toHaveLength(4);
    for (const report of health.reports) expect(of(report, 'head').updateRatio).toBeGreaterThan(0);
  });

  test('measures every so many epochs, on the first samples, each fit anew', async () => {
    using net = makeNet();
    const seen: number[] = [];
    const health = gradientHealth(x, y, { every: 2, samples: 16, onReport: ({ epoch }) => seen.push(epoch) });
    await net.fit(x, y, { epochs: 5, callbacks: [health] });
    expect(seen).toEqual([0, 2, 4]);
    const last = await measureGradients(net, x.slice(0, 16 * 8), y.slice(0, 16));
    await net.fit(x, y, { epochs: 1, callbacks: [health] });
    expect(health.reports).toHaveLength(1);
    expect(health.reports[0]!.layers).toEqual(last.layers);
  });

  test('refuses wrong options', async () => {
    await expectError(() => gradientHealth(x, y, { every: 0 }), OptionError, 'INVALID_OPTION', 'every');
    await expectError(() => gradientHealth(x, y, { samples: 0.5 }), OptionError, 'INVALID_OPTION', 'samples');
    await expectError(() => gradientHealth(x, y, { evry: 1 } as never), OptionError, 'INVALID_OPTION', 'every');
    using net = makeNet();
    await expectError(() => measureGradients(net, x, y, { every: 1 } as never), OptionError, 'INVALID_OPTION');
  });
});
