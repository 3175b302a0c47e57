// All settings of the page: from this table come the controls, the links, and the type of the state.

import { choice, flag, layers, range, whole } from './field.js';

const percent = (value: number): string => `${Math.round(100 * value)} %`;
const decimals = (value: number): string => value.toFixed(2);
const same = <const T extends string>(...names: T[]) => names.map((name) => [name, name] as const);
const numbers = <const T extends number>(...values: T[]) => values.map((value) => [value, String(value)] as const);

export const FIELDS = {
  data: choice(
    { key: 'data', label: 'Data set', help: 'What the net is to learn: to which class a point or a picture belongs.' },
    [
      ['spiral', 'Spiral'],
      ['circles', 'Circles'],
      ['xor', 'XOR'],
      ['gaussians', 'Gaussians'],
      ['digits', 'Digits (MNIST)'],
      ['csv', 'Own CSV'],
    ],
  ),
  classes: choice(
    { key: 'classes', label: 'Classes', help: 'How many spiral arms, rings or clouds there are to tell apart.' },
    numbers(2, 3, 4),
  ),
  samples: range(
    {
      key: 'n',
      label: 'Samples',
      help: 'Samples in all. With few of them a large net learns the samples instead of the pattern.',
    },
    { minimum: 40, maximum: 1000, step: 20 },
    400,
  ),
  noise: range(
    {
      key: 'noise',
      label: 'Noise',
      help: 'How far points stray from the pattern. With much noise even the best model errs.',
    },
    { minimum: 0, maximum: 0.5, step: 0.02 },
    0.04,
    percent,
  ),
  dev: range(
    {
      key: 'dev',
      label: 'Dev share',
      help: 'Share of the samples that the net is not trained on. How well it does on them tells what it has understood.',
    },
    { minimum: 0.1, maximum: 0.8, step: 0.05 },
    0.3,
    percent,
  ),
  layers: layers(
    {
      key: 'net',
      label: 'Hidden layers',
      help: 'Units of each hidden layer. More units and layers can draw more intricate boundaries.',
    },
    { maximumLayers: 6, maximumUnits: 128 },
    [16, 16],
  ),
  activation: choice(
    {
      key: 'act',
      label: 'Activation',
      help: 'What bends the output of each unit. Without one (linear) any depth can only draw straight lines.',
    },
    same('relu', 'leakyRelu', 'elu', 'selu', 'gelu', 'silu', 'mish', 'tanh', 'sigmoid', 'linear'),
    'tanh',
  ),
  convolution: flag({
    key: 'conv',
    label: 'Convolution first',
    help: 'For digits: 8 filters of 3 × 3 pixels that look for strokes anywhere, then the largest of each 2 × 2 pixels.',
  }),
  penalty: choice(
    {
      key: 'pen',
      label: 'Penalty',
      help: 'Makes large weights dear. L1 pushes weights to exactly 0, L2 keeps all of them small, elastic net does half of each.',
    },
    [
      ['none', 'None'],
      ['l1', 'L1'],
      ['l2', 'L2'],
      ['elasticNet', 'Elastic net'],
    ],
  ),
  strength: choice(
    { key: 'lambda', label: 'Penalty strength', help: 'The factor λ of the penalty.' },
    numbers(0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
    0.001,
  ),
  dropout: range(
    {
      key: 'drop',
      label: 'Dropout',
      help: 'Share of the units of each hidden layer that are switched off at random in every training step.',
    },
    { minimum: 0, maximum: 0.8, step: 0.05 },
    0,
    percent,
  ),
  batchNorm: flag({
    key: 'bn',
    label: 'Batch normalisation',
    help: 'Brings the values of each unit to mean 0 and deviation 1 over a batch, before the activation. Lets deep nets learn faster.',
  }),
  maxNorm: choice({ key: 'max', label: 'Max-norm', help: 'Longest that the weights into one unit may grow.' }, [
    [0, 'Off'],
    ...numbers(0.5, 1, 2, 3, 4),
  ]),
  optimizer: choice(
    {
      key: 'opt',
      label: 'Optimiser',
      help: 'How gradients become steps. Adam adapts the step of every weight; SGD takes the gradient as it is.',
    },
    [
      ['adam', 'Adam'],
      ['adamw', 'AdamW'],
      ['nadam', 'NAdam'],
      ['radam', 'RAdam'],
      ['adamax', 'Adamax'],
      ['rmsprop', 'RMSProp'],
      ['adagrad', 'AdaGrad'],
      ['lion', 'Lion'],
      ['lamb', 'LAMB'],
      ['sgd', 'SGD'],
      ['momentum', 'SGD, momentum 0.9'],
      ['nesterov', 'SGD, Nesterov 0.9'],
    ],
  ),
  rate: choice(
    {
      key: 'rate',
      label: 'Learning rate',
      help: 'Length of the steps. Too small: slow. Too large: the loss jumps about, or explodes.',
    },
    numbers(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
    0.01,
  ),
  schedule: choice(
    {
      key: 'sched',
      label: 'Schedule',
      help: 'How the learning rate changes over the run: large steps first, small ones to settle.',
    },
    [
      ['constant', 'Constant'],
      ['cosine', 'Cosine to 0'],
      ['exponential', 'Exponential, to 1/100'],
      ['step', 'Halved ten times'],
      ['oneCycle', 'One cycle'],
      ['warmup', 'Warm-up, then cosine'],
    ],
  ),
  batch: choice(
    {
      key: 'batch',
      label: 'Batch size',
      help: 'Samples of which the gradient of one step is the mean. Small batches are noisier, and mean more steps an epoch.',
    },
    numbers(1, 4, 8, 16, 32, 64, 128, 256),
    16,
  ),
  epochs: whole(
    { key: 'epochs', label: 'Epochs', help: 'How often the run goes through the training data at most.' },
    { minimum: 1, maximum: 2000 },
    150,
  ),
  patience: choice(
    {
      key: 'stop',
      label: 'Early stopping',
      help: 'Ends the run when the loss on the dev data has not improved for so many epochs, and takes the weights of the best epoch.',
    },
    [
      [0, 'Off'],
      [5, 'After 5 epochs'],
      [10, 'After 10 epochs'],
      [20, 'After 20 epochs'],
      [40, 'After 40 epochs'],
      [80, 'After 80 epochs'],
    ],
  ),
  jitter: range(
    {
      key: 'jitter',
      label: 'Input noise',
      help: 'Moves every sample at random each time it is trained on, so that none can be learnt by heart.',
    },
    { minimum: 0, maximum: 0.5, step: 0.02 },
    0,
    decimals,
  ),
  rotation: range(
    { key: 'turn', label: 'Rotation', help: 'For digits: turns pictures by up to so many degrees, anew each epoch.' },
    { minimum: 0, maximum: 45, step: 5 },
    0,
    (degrees) => `${degrees}°`,
  ),
  shift: range(
    { key: 'shift', label: 'Shift', help: 'For digits: moves pictures by up to this share of their size.' },
    { minimum: 0, maximum: 0.3, step: 0.05 },
    0,
    percent,
  ),
  zoom: range(
    { key: 'zoom', label: 'Zoom', help: 'For digits: makes pictures up to this much larger or smaller.' },
    { minimum: 0, maximum: 0.5, step: 0.05 },
    0,
    percent,
  ),
  seed: whole(
    {
      key: 'seed',
      label: 'Seed',
      help: 'All that is random follows from it: the same seed gives the same data, weights and picture on every machine.',
    },
    { minimum: 0, maximum: 999_999_999 },
    42,
  ),
};

export type FieldName = keyof typeof FIELDS;
