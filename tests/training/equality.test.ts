// Training by programs compiled ahead comes to the bits of `model.fit`: for every sort of layer, optimiser and loss that changes
// what a step does, with a last batch of its own.

import { describe, expect, test } from 'vitest';
import {
  adam,
  batchNormalization,
  binaryCrossentropy,
  conv2d,
  cosineDecay,
  dense,
  dropout,
  ema,
  embedding,
  exportTrainingProgram,
  flatten,
  input,
  l1,
  lamb,
  lstm,
  maxNorm,
  maxPooling2d,
  model,
  rmsprop,
  sequential,
  sgd,
  sparseCategoricalCrossentropy,
  type CompileOptions,
  type Model,
} from '../../bindings/index.js';
import { loadTrainingProgram } from '../../bindings/training/index.js';
import { drawValues } from '../model/support.js';

const SAMPLES = 27;
const BATCH = 8;
const EPOCHS = 3;

interface Data {
  x: Float32Array | Int32Array;
  y: Float32Array | Int32Array;
}

interface Case {
  build: () => Model;
  compile: () => CompileOptions;
  data: Data;
}

const classes = (count: number, samples = SAMPLES) =>
  Int32Array.from(drawValues(samples, 77), (value) => Math.floor(((value + 1) / 2) * count));
const labelled = (features: number, seed = 1): Data => ({ x: drawValues(SAMPLES * features, seed), y: classes(3) });
const ofClasses = (optimizer: CompileOptions['optimizer']): CompileOptions => ({
  ...{ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy', 'topKAccuracy'] },
});
const small = (options: Parameters<typeof dense>[1] = {}) =>
  sequential([dense(7, { activation: 'tanh', inputShape: [5], ...options }), dense(3)], { seed: 2 });

const CASES: Record<string, Case> = {
  'dropout and batch norm, adam': {
    build: () =>
      sequential([dense(9, { activation: 'relu', inputShape: [5] }), batchNormalization(), dropout(0.4), dense(3)], {
        seed: 1,
      }),
    compile: () => ofClasses(adam()),
    data: labelled(5),
  },
  'convolution and pooling, momentum': {
    build: () =>
      sequential(
        [
          conv2d(16, 3, { activation: 'relu', padding: 'same', inputShape: [8, 8, 1] }),
          conv2d(16, 3, { padding: 'same' }),
          maxPooling2d(2),
          flatten(),
          dense(3),
        ],
        { seed: 3 },
      ),
    compile: () => ofClasses(sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })),
    data: labelled(64),
  },
  'embedding and lstm, rmsprop with a limit': {
    build: () => sequential([embedding(6, 4, { inputShape: [5] }), lstm(8), dense(3)], { seed: 4 }),
    compile: () => ofClasses(rmsprop({ globalClipNorm: 0.5 })),
    data: { x: Int32Array.from(drawValues(SAMPLES * 5, 3), (value) => Math.floor((value + 1) * 3)), y: classes(3) },
  },
  'a schedule, groups and accumulated gradients': {
    build: () => small(),
    compile: () => ({
      ...ofClasses(
        adam({
          learningRate: cosineDecay({ learningRate: 0.01, steps: 20 }),
          weightDecay: 0.1,
          groups: [{ match: /bias$/, weightDecay: 0, learningRateFactor: 2 }],
        }),
      ),
      gradientAccumulation: 3,
    }),
    data: labelled(5),
  },
  'proximal and smooth penalties, constraints, averages': {
    build: () => small({ kernelRegularizer: l1(0.01), biasConstraint: maxNorm(0.5) }),
    compile: () => ofClasses(ema(sgd({ learningRate: 0.1 }), { decay: 0.9 })),
    data: labelled(5),
  },
  'a norm for each tensor, values as labels': {
    build: () => sequential([dense(4, { inputShape: [5] }), dense(2)], { seed: 6 }),
    compile: () => ({ optimizer: lamb(), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] }),
    data: { x: drawValues(SAMPLES * 5, 1), y: drawValues(SAMPLES * 2, 2) },
  },
  'a label that does not count': {
    build: () => small(),
    compile: () => ({ ...ofClasses(adam()), loss: sparseCategoricalCrossentropy({ ignoreClass: -1 }) }),
    data: { ...labelled(5), y: classes(3).map((label, i) => (i % 4 === 0 ? -1 : label)) },
  },
};

const entries = Object.entries(CASES);

describe.each(entries)('%s', (_, { build, compile, data: { x, y } }) => {
  const make = (): Model => {
    const net = build();
    net.compile(compile());
    return net;
  };
  const optimizer = () => compile().optimizer as ReturnType<typeof adam>;
  const exported = { batchSizes: [BATCH, SAMPLES % BATCH] };

  test('comes to the bits, and tells the figures, of fit', async () => {
    using net = make();
    using program = await loadTrainingProgram(await exportTrainingProgram(net, exported), { optimizer: optimizer() });
    const options = { epochs: EPOCHS, batchSize: BATCH };
    expect(await program.fit(x, y, options)).toEqual(await net.fit(x, y, options));
    expect(program.parameters()).toEqual(copies(net));
    expect(program.predictAll(x)).toEqual(await net.predictAll(x));
    const evaluated = await net.evaluate(x, y, { batchSize: BATCH });
    for (const [name, value] of Object.entries(program.evaluate(x, y))) expect(value).toBeCloseTo(evaluated[name]!, 5);
  });

  test('saved and loaded goes on as if it had not stopped', async () => {
    using net = make();
    const file = await exportTrainingProgram(net, exported);
    using whole = await loadTrainingProgram(file, { optimizer: optimizer() });
    await whole.fit(x, y, { epochs: EPOCHS });
    using half = await loadTrainingProgram(file, { optimizer: optimizer() });
    await half.fit(x, y, { epochs: 1 });
    using rest = await loadTrainingProgram(await half.save(), { optimizer: optimizer() });
    expect(rest.step).toBe(half.step);
    await rest.fit(x, y, { epochs: EPOCHS, initialEpoch: 1 });
    expect(await rest.save()).toEqual(await whole.save());
  });

  test('goes on where the model stood', async () => {
    using net = make();
    await net.fit(x, y, { epochs: 1, batchSize: BATCH });
    using program = await loadTrainingProgram(await exportTrainingProgram(net, exported), { optimizer: optimizer() });
    const options = { epochs: 2, initialEpoch: 1, batchSize: BATCH };
    await Promise.all([net.fit(x, y, options), program.fit(x, y, options)]);
    expect(program.parameters()).toEqual(copies(net));
  });
});

const copies = (net: Model): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(net.parameters()).map(([path, values]) => [path, values.slice()]));

test('several inputs and outputs, each with its loss', async () => {
  const a = input({ shape: [3], name: 'a' });
  const b = input({ shape: [2], name: 'b' });
  const yes = dense(1, { name: 'yes' })(a);
  const kind = dense(4, { name: 'kind' })(b);
  const make = (): Model => {
    const net = model({ inputs: [a, b], outputs: [yes, kind], seed: 8 });
    net.compile({
      ...{ optimizer: adam(), loss: [binaryCrossentropy({ fromLogits: true }), 'sparseCategoricalCrossentropy'] },
      ...{ lossWeights: [1, 0.5], metrics: [['accuracy'], []] },
    });
    return net;
  };
  using net = make();
  const x = { a: drawValues(24, 1), b: drawValues(16, 2) };
  const y = { yes: drawValues(8, 3).map((value) => Number(value > 0)), kind: classes(4, 8) };
  using program = await loadTrainingProgram(await exportTrainingProgram(net, { batchSizes: [4] }), {
    optimizer: adam(),
  });
  const options = { epochs: 2, batchSize: 4 };
  const validationData = { x, y };
  expect((await program.fit(x, y, { ...options, validationData })).history).toMatchObject(
    (await net.fit(x, y, options)).history,
  );
  expect(program.parameters()).toEqual(copies(net));
});

test('weights go to the model, and from another one', async () => {
  using net = small();
  net.compile(ofClasses(sgd()));
  const { x, y } = labelled(5);
  const file = await exportTrainingProgram(net, { batchSizes: [BATCH] });
  using program = await loadTrainingProgram(file, { optimizer: sgd() });
  await program.fit(x, y);
  net.setParameters(program.parameters());
  expect(program.predict(x)).toEqual(await net.predict(x));
  using fresh = await loadTrainingProgram(file, { optimizer: sgd() });
  fresh.setParameters(net.parameters());
  expect(fresh.predict(x)).toEqual(program.predict(x));
});
