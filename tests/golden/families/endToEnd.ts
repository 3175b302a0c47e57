// Whole training runs through the public face against reference runs: every loss, the first gradients, the weights that
// come out, and what the trained model says.

import {
  activation,
  adam,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  l2,
  maxPooling2d,
  sequential,
  sgd,
  type Layer,
  type Model,
  type Optimizer,
} from '../../../bindings/index.js';
import { assertClose, tensorOf, type Computed, type FixtureTensors, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface TrainingAttributes {
  op: string;
  steps: number;
  opt: 'sgd' | 'momentum' | 'adam';
  lr: number;
  momentum?: number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  bn?: boolean;
  bnEps?: number;
  bnMomentum?: number;
  /** Factor of the sum of squares of both kernels. */
  l2?: number;
}

const optimizerOf = ({ opt, lr, momentum, beta1, beta2, eps }: TrainingAttributes): Optimizer =>
  opt === 'adam'
    ? adam({ learningRate: lr, beta1: beta1!, beta2: beta2!, epsilon: eps! })
    : sgd({ learningRate: lr, momentum: momentum ?? 0 });

/** Name of a parameter in the case, and its path in the model. */
type ParameterPaths = Readonly<Record<string, string>>;

const byCaseName = (values: Readonly<Record<string, Float32Array>>, paths: ParameterPaths): Record<string, Computed> =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, { data: values[path]!.slice() }]));

/**
 * Trains on all samples at once, so that an epoch is a step, and compares all there is to compare: `ending` is that of the
 * reference's names of what is measured in inference, `moments` are parameters that are compared at the end only.
 */
async function train(
  reference: GoldenCase<TrainingAttributes>,
  model: Model,
  paths: ParameterPaths,
  ending = '',
  moments: ParameterPaths = {},
): Promise<void> {
  const { name, attrs, inputs, outputs, grads, tol } = reference;
  const check = (key: string, got: Computed, expected: FixtureTensors = outputs, group = 'outputs') =>
    assertClose(`${name} ${group}.${key}`, got, tensorOf(expected, key), tol);
  const samples = tensorOf(inputs, 'X');
  const x = { shape: samples.shape, data: Float32Array.from(samples.data) };
  const y = Int32Array.from(tensorOf(inputs, 'y').data);
  model.compile({ optimizer: optimizerOf(attrs), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  model.setParameters(
    Object.fromEntries(Object.entries(paths).map(([key, path]) => [path, tensorOf(inputs, key).data])),
  );

  const whole = { batchSize: y.length, shuffle: false };
  const first = await model.fit(x, y, { ...whole, epochs: 1 });
  const gradients = byCaseName(model.gradients(), paths);
  for (const key of Object.keys(grads)) check(key, gradients[key]!, grads, 'grads');
  const rest = await model.fit(x, y, { ...whole, epochs: attrs.steps - 1 });
  check('losses', { data: [...first.history.loss!, ...rest.history.loss!] });

  const parameters = byCaseName(model.parameters(), paths);
  for (const key of Object.keys(paths)) check(`final_${key}`, parameters[key]!);
  for (const [key, got] of Object.entries(byCaseName(model.parameters(), moments))) check(key, got);
  const { loss, dataLoss, accuracy } = await model.evaluate(x, y);
  check(`finalInferenceLoss${ending}`, { data: [(dataLoss ?? loss)!] });
  if (ending === '') check('finalAccuracy', { data: [accuracy!] });
  const { data } = await model.predict(x);
  const logits = `finalLogits${ending}`;
  check(logits, { data: data.subarray(0, tensorOf(outputs, logits).data.length) });
}

/** The reference's names of what the two conventions of the moving variance lead to. */
const ESTIMATES = {
  biased: { movingVariance: 'movingVarBiased', suffix: '' },
  unbiased: { movingVariance: 'movingVarUnbiased', suffix: 'Unbiased' },
};

const irisMlp: Runner<TrainingAttributes> = async (reference) => {
  const { attrs, inputs } = reference;
  const [features, hidden] = tensorOf(inputs, 'W1').shape as [number, number];
  const classes = tensorOf(inputs, 'b2').data.length;
  const regularized = attrs.l2 === undefined ? {} : { kernelRegularizer: l2(attrs.l2) };
  const paths = { W1: 'hidden/kernel', W2: 'logits/kernel', b2: 'logits/bias' };
  const run = async (between: readonly Layer[], more: ParameterPaths, ending = '', moments: ParameterPaths = {}) => {
    const model = sequential([
      dense(hidden, { inputShape: [features], name: 'hidden', useBias: !attrs.bn, ...regularized }),
      ...between,
      activation('relu'),
      dense(classes, { name: 'logits', ...regularized }),
    ]);
    await train(reference, model, { ...paths, ...more }, ending, moments);
    model.dispose();
  };
  if (!attrs.bn) return run([], { b1: 'hidden/bias' });
  for (const [varianceEstimate, { movingVariance, suffix }] of Object.entries(ESTIMATES)) {
    const normalization = batchNormalization({
      epsilon: attrs.bnEps!,
      momentum: attrs.bnMomentum!,
      varianceEstimate: varianceEstimate as keyof typeof ESTIMATES,
      name: 'norm',
    });
    await run([normalization], { gamma: 'norm/gamma', beta: 'norm/beta' }, suffix, {
      movingMean: 'norm/movingMean',
      [movingVariance]: 'norm/movingVariance',
    });
  }
};

const digitsCnn: Runner<TrainingAttributes> = async (reference) => {
  const { inputs } = reference;
  const sideOf = (name: string, axis: number) => tensorOf(inputs, name).shape.at(axis)!;
  const kernelSize = (name: string) => tensorOf(inputs, name).shape.slice(0, 2);
  const model = sequential([
    conv2d(sideOf('K1', -1), kernelSize('K1'), {
      padding: 'same',
      activation: 'relu',
      inputShape: tensorOf(inputs, 'X').shape.slice(1),
      name: 'first',
    }),
    maxPooling2d(2),
    conv2d(sideOf('K2', -1), kernelSize('K2'), { activation: 'relu', name: 'second' }),
    flatten(),
    dense(sideOf('W3', -1), { name: 'logits' }),
  ]);
  await train(reference, model, {
    K1: 'first/kernel',
    b1: 'first/bias',
    K2: 'second/kernel',
    b2: 'second/bias',
    W3: 'logits/kernel',
    b3: 'logits/bias',
  });
  model.dispose();
};

export const family = goldenFamily<TrainingAttributes>('endToEnd', { iris_mlp: irisMlp, digits_cnn: digitsCnn });
