// Settings that show something, each with what to look for.

import { INITIAL, type State } from './state.js';

export interface Preset {
  name: string;
  /** What it shows. */
  lesson: string;
  state: State;
}

const preset = (name: string, lesson: string, changes: Partial<State>): Preset => ({
  name,
  lesson,
  state: { ...INITIAL, ...changes },
});

const OVERFIT: Partial<State> = {
  data: 'gaussians',
  samples: 120,
  noise: 0.24,
  dev: 0.5,
  layers: [64, 64],
  activation: 'gelu',
  batch: 8,
  epochs: 200,
};

export const PRESETS: readonly Preset[] = [
  preset('Learn the spiral', 'Two small hidden layers bend the plane until both arms come apart.', {}),
  preset(
    'Too simple',
    'Without hidden layers the boundary is a straight line: high error on both parts of the data. That is bias.',
    {
      data: 'circles',
      layers: [],
      epochs: 60,
    },
  ),
  preset(
    'Overfit',
    'Few noisy samples and a large net: the training error goes to 0, the dev loss rises. That is variance.',
    OVERFIT,
  ),
  preset(
    'Overfit, cured',
    'The same data and net with dropout, L2 and early stopping: the gap closes. What error is left is mostly noise in the data.',
    {
      ...OVERFIT,
      penalty: 'l2',
      strength: 0.003,
      dropout: 0.3,
      patience: 20,
    },
  ),
  preset(
    'Vanishing gradients',
    'Six layers of sigmoids: hardly any gradient reaches the first ones. See Gradient health.',
    {
      layers: [12, 12, 12, 12, 12, 12],
      activation: 'sigmoid',
      optimizer: 'sgd',
      rate: 0.1,
      epochs: 60,
    },
  ),
  preset('Three arms', 'Wider layers and a learning rate that falls to 0 tell three arms apart.', {
    classes: 3,
    samples: 600,
    noise: 0.02,
    layers: [24, 24],
    activation: 'silu',
    rate: 0.03,
    schedule: 'cosine',
    epochs: 120,
  }),
  preset(
    'Read digits',
    'Handwritten digits with rotation and shift. Draw one yourself and watch what the net makes of it.',
    {
      data: 'digits',
      samples: 1000,
      dev: 0.2,
      layers: [64],
      activation: 'relu',
      rate: 0.003,
      batch: 32,
      epochs: 30,
      rotation: 10,
      shift: 0.05,
    },
  ),
];
