// Dense, embeddings, activations and rearrangement.

import { DataError } from '../../../runtime/errors.js';
import { describeValue } from '../../../runtime/suggest.js';
import { activationLayer, describeActivation, kerasActivation, readActivation, type Fields } from '../names.js';
import { refuse, weightOptions, type Translation } from '../translation.js';

const LAYER_OF_ITS_OWN = 'Put a layer that it has in its place.';

/** Slope of Keras' LeakyReLU where a file does not say. */
const KERAS_SLOPE = 0.3;

function readRelu(config: Fields, path: string): Fields {
  const { max_value: most, negative_slope: slope = 0, threshold = 0 } = config;
  if (slope === 0 && threshold === 0 && (most === undefined || most === 6)) {
    return { activation: most === 6 ? 'relu6' : 'relu' };
  }
  throw new DataError(`${path}: expected a ReLU with max_value null or 6, no slope and no threshold`);
}

export const CORE: readonly Translation[] = [
  {
    kind: 'dense',
    className: 'Dense',
    options: ['units', 'useBias', 'activation', 'activityRegularizer', ...weightOptions('kernel', 'bias')],
  },
  {
    kind: 'embedding',
    className: 'Embedding',
    options: ['inputDim', 'outputDim', 'maskZero', ...weightOptions('embeddings')],
  },
  {
    kind: 'activation',
    className: 'Activation',
    read: (config, { path }) => ({ activation: readActivation(config.activation, `${path}.activation`) }),
    write({ activation }, { path }) {
      const name = kerasActivation(activation);
      if (name !== undefined) return { activation: name };
      return refuse(path, `activation ${describeActivation(activation)}`, LAYER_OF_ITS_OWN);
    },
  },
  {
    kind: 'activation',
    className: 'ReLU',
    isWritten: false,
    read: (config, { path }) => readRelu(config, path),
  },
  {
    kind: 'activation',
    className: 'LeakyReLU',
    isWritten: false,
    read: ({ alpha, negative_slope: slope }) => ({
      activation: { name: 'leakyRelu', slope: alpha ?? slope ?? KERAS_SLOPE },
    }),
  },
  {
    kind: 'activation',
    className: 'ELU',
    isWritten: false,
    read: ({ alpha = 1 }) => ({ activation: { name: 'elu', alpha } }),
  },
  {
    kind: 'activation',
    className: 'Softmax',
    isWritten: false,
    read: ({ axis = -1 }) => ({ activation: { name: 'softmax', axis } }),
  },
  {
    kind: 'prelu',
    className: 'PReLU',
    options: weightOptions('alpha'),
    read({ shared_axes: axes = [] }) {
      return { sharedAxes: axes };
    },
    write: ({ sharedAxes }, { inputs: [shape = []] }) => ({
      shared_axes: sharedAxes ?? shape.slice(1).map((_, i) => i + 1),
    }),
    // Slopes of channels alone have ones in front.
    weightShape: (_, shape, [sample = []]) => [...sample.slice(shape.length).map(() => 1), ...shape],
  },
  { kind: 'flatten', className: 'Flatten' },
  {
    kind: 'reshape',
    className: 'Reshape',
    read: readTargetShape,
    write: ({ targetShape }) => ({ target_shape: targetShape }),
  },
  { kind: 'permute', className: 'Permute', options: ['dims'] },
  { kind: 'repeatVector', className: 'RepeatVector', options: ['n'] },
  { kind: 'rescaling', className: 'Rescaling', options: ['scale', 'offset'] },
  { kind: 'masking', className: 'Masking', options: ['maskValue'] },
];

/** Keras leaves a side open with null or -1. */
function readTargetShape({ target_shape: shape }: Fields, { path }: { path: string }): Fields {
  if (Array.isArray(shape)) return { targetShape: shape.map((side: unknown) => side ?? -1) };
  throw new DataError(`${path}.target_shape: expected a list of sides, got ${describeValue(shape)}`);
}

export { activationLayer };
