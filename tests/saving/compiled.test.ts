// What compile settled comes back, things of the user's own through `custom`, tied parameters as one storage.

import { describe, expect, test } from 'vitest';
import {
  adam,
  binaryAccuracy,
  cutmix,
  dense,
  ema,
  expectedCalibrationError,
  f1,
  huber,
  input,
  l2,
  layer,
  loadModel,
  maxNorm,
  mixup,
  model,
  ones,
  oneCycle,
  oneCycleMomentum,
  OptionError,
  residual,
  sequential,
  sgd,
  sparseCategoricalCrossentropy,
  swa,
  tie,
  topKAccuracy,
  warmup,
  zeros,
  type CompileOptions,
  type Model,
  type Tensor,
} from '../../bindings/index.js';
import { LOSSES, type LossName } from '../../bindings/losses/index.js';
import { METRICS, type MetricName } from '../../bindings/metrics/index.js';
import { optimizerNames } from '../../bindings/optimizers/index.js';
import { drawValues, hashOf } from '../model/support.js';

const x = drawValues(12 * 4, 1);
const classes = Int32Array.from({ length: 12 }, (_, i) => i % 3);
const values = drawValues(12 * 3, 2);
const positive = values.map((value) => (value > 0 ? 1 : 0));

const net = (options: CompileOptions): Model => {
  const made = sequential([dense(5, { activation: 'tanh', inputShape: [4] }), dense(3, { activation: 'softmax' })]);
  made.compile(options);
  return made;
};

/** Trains a model, one loaded of it in the middle, and expects both to end in the same bytes and figures. */
async function expectSame(made: Model, y: Int32Array | Float32Array, custom = {}): Promise<Model> {
  await made.fit(x, y, { epochs: 2, batchSize: 4 });
  const loaded = await loadModel(await made.save({ training: true }), { custom });
  const history = await made.fit(x, y, { epochs: 2, batchSize: 4, validationData: { x, y } });
  expect(await loaded.fit(x, y, { epochs: 2, batchSize: 4, validationData: { x, y } })).toEqual(history);
  expect(hashOf(loaded)).toBe(hashOf(made));
  made.dispose();
  return loaded;
}

describe('compile comes back with', () => {
  test.each(Object.keys(LOSSES) as LossName[])('the loss %s', async (loss) => {
    const made = net({ optimizer: 'sgd', loss });
    (await expectSame(made, loss === 'sparseCategoricalCrossentropy' ? classes : positive)).dispose();
  });

  test.each(Object.keys(METRICS) as MetricName[])(
    'the metric %s, by its name and made by its factory',
    async (name) => {
      const factory = METRICS[name] as (options: { name: string }) => ReturnType<(typeof METRICS)['accuracy']>;
      const isOfValues = /^(binary|prAuc|averagePrecision)/.test(name);
      const made = net({
        optimizer: 'sgd',
        loss: isOfValues ? 'binaryCrossentropy' : 'categoricalCrossentropy',
        metrics: [name, factory({ name: 'other' })],
      });
      (await expectSame(made, isOfValues ? positive : values)).dispose();
    },
  );

  test.each(optimizerNames)('the optimiser %s, its states and counters', async (optimizer) => {
    (await expectSame(net({ optimizer, loss: 'meanSquaredError' }), values)).dispose();
  });

  const momentum = oneCycleMomentum({ steps: 12 });
  const rate = oneCycle({ maximum: 0.1, steps: 12 });
  const rich: [string, CompileOptions, boolean][] = [
    [
      'options of losses and metrics',
      {
        optimizer: sgd({ learningRate: rate, momentum }),
        loss: sparseCategoricalCrossentropy({ fromLogits: false, labelSmoothing: 0.1, classWeights: [1, 2, 3] }),
        metrics: [topKAccuracy({ k: 2 }), f1({ average: 'macro' }), expectedCalibrationError({ bins: 4 })],
      },
      true,
    ],
    [
      'groups, averages and a warm-up',
      {
        optimizer: ema(
          adam({
            learningRate: warmup(0.01, { steps: 4 }),
            amsgrad: true,
            groups: [{ match: /bias$/i, learningRateFactor: 2 }],
            gradientNoise: { stddev: 0.01 },
            globalClipNorm: 1,
          }),
          { decay: 0.5 },
        ),
        loss: huber({ delta: 0.5 }),
        metrics: [huber({ delta: 2 }), 'mae', binaryAccuracy(0.3)],
        lossWeights: [0.5],
      },
      false,
    ],
    [
      'mixup and accumulated gradients',
      { optimizer: 'adam', loss: 'mse', mix: mixup({ alpha: 1 }), gradientAccumulation: 2 },
      false,
    ],
    ['averages that begin later', { optimizer: swa(sgd(), { startStep: 5, everySteps: 2 }), loss: 'mae' }, false],
  ];
  test.each(rich)('%s', async (_, options, isOfClasses) => {
    const loaded = await expectSame(net(options), isOfClasses ? classes : values);
    expect(loaded.optimizer.name).toBe(
      typeof options.optimizer === 'string' ? options.optimizer : options.optimizer.name,
    );
    loaded.dispose();
  });

  test('cutmix, and metrics by output', async () => {
    const image = input({ shape: [2, 2, 1], name: 'image' });
    const flat = dense(2)(image);
    using made = model({ inputs: image, outputs: [dense(1)(flat), dense(3)(flat)], seed: 3 });
    made.compile({
      optimizer: 'sgd',
      loss: ['mse', 'mae'],
      metrics: [['mae'], ['mse', 'r2']],
      lossWeights: [1, 2],
      mix: cutmix(),
    });
    const data = [drawValues(12 * 4, 3), drawValues(12 * 4, 4), drawValues(12 * 12, 5)];
    const run = (trained: Model) => trained.fit(data[0]!, [data[1]!, data[2]!], { epochs: 2, batchSize: 4 });
    await run(made);
    using loaded = await loadModel(await made.save({ training: true }));
    expect(await run(loaded)).toEqual(await run(made));
    expect(hashOf(loaded)).toBe(hashOf(made));
  });

  test('the count of its own updates, behind those of another optimiser', async () => {
    const made = net({ optimizer: 'sgd', loss: 'mse' });
    await made.fit(x, values, { epochs: 2, batchSize: 4 });
    made.compile({ optimizer: adam({ learningRate: oneCycle({ maximum: 0.1, steps: 12 }) }), loss: 'mse' });
    (await expectSame(made, values)).dispose();
  });

  test('the rate and factor that were set since', async () => {
    using made = net({ optimizer: sgd({ learningRate: 1 }), loss: 'mse' });
    made.optimizer.learningRate = 0.25;
    made.learningRateFactor = 0.5;
    using loaded = await loadModel(await made.save({ training: true }));
    expect(loaded.optimizer.learningRate).toBe(0.25);
    expect(loaded.learningRateFactor).toBe(0.5);
  });
});

test('weights alone bring no optimiser', async () => {
  using made = net({ optimizer: 'adam', loss: 'mse' });
  using loaded = await loadModel(await made.save());
  expect(() => loaded.optimizer).toThrow(/compile/);
});

test('refuses to write what JSON has no word for, and says what it is', async () => {
  using byFunction = net({ optimizer: sgd({ learningRate: (step) => 1 / (step + 1) }), loss: 'mse' });
  await expect(byFunction.save({ training: true })).rejects.toThrow(/learningRate|schedule/);
  const match = (path: string) => path.endsWith('bias');
  using byMatch = net({ optimizer: sgd({ groups: [{ match }] }), loss: 'mse' });
  await expect(byMatch.save({ training: true })).rejects.toThrow(/RegExp/);
  using byLambda = sequential([
    dense(1, {
      inputShape: [1],
      activation: (
        (): ((v: Tensor) => Tensor) => (v) =>
          v
      )(),
    }),
  ]);
  await expect(byLambda.save()).rejects.toThrow(/dense_1.*without a name/);
  const odd = layer({ kind: 'odd', config: { at: new Date(0) }, call: ([v]) => v!.mul(2) });
  using byClass = sequential([dense(1, { inputShape: [1] }), odd]);
  await expect(byClass.save()).rejects.toThrow(/odd_1\.config\.at is a Date/);
});

describe('things of the user', () => {
  const gain = ({ start = 1, ...options }: { start?: number; name?: string } = {}) =>
    layer({
      kind: 'gain',
      ...options,
      config: { start },
      build: ({ inputShapes: [shape], parameter }) =>
        parameter('gain', [shape!.at(-1)!], {
          name: 'filled',
          config: { start },
          create: (graph, to) => graph.constant(start).broadcastTo(to),
        }),
      call: ([v], { parameter }) => v!.mul(parameter('gain')),
    });
  const pinball = (yTrue: Tensor, yPred: Tensor) => yTrue.sub(yPred).mul(0.9).maximum(yTrue.sub(yPred).mul(-0.1));
  const largestError = (yTrue: Tensor, yPred: Tensor) => yPred.sub(yTrue).abs().max({ axis: -1 });
  const wave = (v: Tensor) => v.tanh().mul(2);
  const halves = (options: { factor?: number } = {}) => ({
    name: 'halves',
    config: options,
    create: ones().create,
    penalty: l2(0.1).penalty,
    apply: (weights: Tensor) => weights.mul(options.factor ?? 0.5),
  });
  const custom = {
    layers: { gain },
    activations: { wave },
    losses: { pinball },
    metrics: { largestError },
    initializers: { halves },
    regularizers: { halves },
    constraints: { halves },
  };
  const build = () => {
    const made = sequential([
      dense(4, {
        inputShape: [4],
        activation: wave,
        kernelInitializer: halves(),
        kernelRegularizer: halves() as never,
        kernelConstraint: halves({ factor: 0.9 }),
        biasConstraint: maxNorm(1),
      }),
      gain({ name: 'boost', start: 2 }),
      residual([gain({ start: 3 }), dense(4, { activation: wave })]),
      dense(3),
    ]);
    made.compile({ optimizer: 'sgd', loss: pinball, metrics: [largestError, 'mae'] });
    return made;
  };

  test('come back when they are given', async () => {
    const loaded = await expectSame(build(), values, custom);
    expect(Object.keys(loaded.parameters())).toContain('boost/gain');
    loaded.dispose();
  });

  test.each(Object.keys(custom) as (keyof typeof custom)[])('are missed by name: %s', async (kind) => {
    using made = build();
    const file = await made.save({ training: true });
    const { [kind]: own, ...others } = custom;
    const error: unknown = await loadModel(file, { custom: others }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toContain(`'${Object.keys(own)[0]}'`);
    expect((error as Error).message).toContain(`custom: { ${kind}:`);
    await expect(loadModel(file, { custom: { ...others, [kind]: { gian: 1, ...{} } } })).rejects.toThrow(OptionError);
  });

  test('do not stand in for those of the library', async () => {
    // A function of the user's that has the name of a loss of the library.
    const named = { huber: (yTrue: Tensor, yPred: Tensor) => yPred.sub(yTrue).abs().mul(3) };
    using made = net({ optimizer: 'sgd', loss: named.huber });
    const file = await made.save({ training: true });
    await expect(loadModel(file)).rejects.toThrow(/loss 'huber'/);
    (await expectSame(net({ optimizer: 'sgd', loss: named.huber }), values, { losses: named })).dispose();
  });

  test('must make layers of their kind', async () => {
    using made = build();
    const file = await made.save();
    await expect(loadModel(file, { custom: { ...custom, layers: { gain: () => dense(3) } } })).rejects.toThrow(/gain/);
    await expect(loadModel(file, { custom: { layer: {} } as never })).rejects.toThrow(/Did you mean 'layers'/);
  });
});

describe('ties', () => {
  test('come back as one storage, whoever is traced first', async () => {
    const encoder = dense(2, { kernelInitializer: 'glorotUniform', inputShape: [4] });
    const start = input({ shape: [4] });
    const code = encoder(start);
    const other = input({ shape: [2], name: 'code' });
    const decoder = dense(4, {
      kernelInitializer: tie(encoder.parameter('kernel'), { transpose: true }),
      biasInitializer: zeros(),
    });
    using made = model({ inputs: [other, start], outputs: [decoder(other), code], seed: 4 });
    made.compile({ optimizer: 'adam', loss: 'mse' });
    const data = [drawValues(12 * 2, 3), x];
    const targets = [x, drawValues(12 * 2, 6)];
    await made.fit(data, targets, { epochs: 2 });
    using loaded = await loadModel(await made.save({ training: true }));
    expect(Object.keys(loaded.parameters())).toEqual(Object.keys(made.parameters()));
    expect(loaded.parameters()).not.toHaveProperty('dense_1/kernel');
    await made.fit(data, targets, { epochs: 3 });
    await loaded.fit(data, targets, { epochs: 3 });
    expect(hashOf(loaded)).toBe(hashOf(made));
  });

  test('of layers without a name, and one within another layer', async () => {
    const encoder = dense(3, { inputShape: [4] });
    const shared = dense(3, { kernelInitializer: 'orthogonal' });
    const again = residual([dense(3, { kernelInitializer: tie(shared.parameter('kernel'), { transpose: true }) })]);
    using made = sequential([encoder, shared, again]);
    made.compile({ optimizer: 'sgd', loss: 'mse' });
    await made.fit(x, values, { epochs: 1 });
    using loaded = await loadModel(await made.save({ training: true }));
    await made.fit(x, values, { epochs: 1 });
    await loaded.fit(x, values, { epochs: 1 });
    expect(hashOf(loaded)).toBe(hashOf(made));
  });
});
