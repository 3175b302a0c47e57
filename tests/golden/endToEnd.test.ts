// Whole training runs through the public face against reference runs: every loss, the first gradients, the weights that
// come out, and what the trained model says.

import { adam, dense, sequential, sgd, type Model, type Optimizer } from '../../bindings/index.js';
import { assertClose, tensorOf, type Computed, type FixtureTensors, type GoldenCase } from './fixture.js';
import { goldenSuite, type Runner } from './suite.js';

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
}

const optimizerOf = ({ opt, lr, momentum, beta1, beta2, eps }: TrainingAttributes): Optimizer =>
  opt === 'adam'
    ? adam({ learningRate: lr, beta1: beta1!, beta2: beta2!, epsilon: eps! })
    : sgd({ learningRate: lr, momentum: momentum ?? 0 });

/** Name of a parameter in the case, and its path in the model. */
type ParameterPaths = Readonly<Record<string, string>>;

const byCaseName = (values: Readonly<Record<string, Float32Array>>, paths: ParameterPaths): Record<string, Computed> =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, { data: values[path]!.slice() }]));

/** Trains on all samples at once, so that an epoch is a step, and compares all there is to compare. */
async function train(reference: GoldenCase<TrainingAttributes>, model: Model, paths: ParameterPaths): Promise<void> {
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
  const { loss, accuracy } = await model.evaluate(x, y);
  check('finalInferenceLoss', { data: [loss!] });
  check('finalAccuracy', { data: [accuracy!] });
  const { data } = await model.predict(x);
  check('finalLogits', { data: data.subarray(0, tensorOf(outputs, 'finalLogits').data.length) });
}

const irisMlp: Runner<TrainingAttributes> = async (reference) => {
  const [features, hidden] = tensorOf(reference.inputs, 'W1').shape as [number, number];
  const classes = tensorOf(reference.inputs, 'b2').data.length;
  const model = sequential([
    dense(hidden, { activation: 'relu', inputShape: [features], name: 'hidden' }),
    dense(classes, { name: 'logits' }),
  ]);
  await train(reference, model, { W1: 'hidden/kernel', b1: 'hidden/bias', W2: 'logits/kernel', b2: 'logits/bias' });
  model.dispose();
};

goldenSuite<TrainingAttributes>('endToEnd', { iris_mlp: irisMlp }, ({ op, bn }) => (bn ? `${op} batchNorm` : op));
