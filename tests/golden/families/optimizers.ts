// Optimisers against reference trajectories: the parameter after every update.

import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  lamb,
  lion,
  nadam,
  radam,
  rmsprop,
  sgd,
  type Optimizer,
} from '../../../bindings/index.js';
import { OptimizerRun } from '../../support/optimizerRun.js';
import { assertClose, tensorOf } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface OptimizerAttributes {
  op: string;
  /** Name of the form; `form` is its formula. */
  variant: string;
  form?: string;
  steps: number;
  lr: number;
  momentum?: number;
  /** Share of an averaging velocity that is kept. */
  beta?: number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  rho?: number;
  weightDecay?: number;
  biasCorrection?: boolean;
  momentumDecay?: number;
}

const rows = (data: readonly number[], length: number): number[][] =>
  Array.from({ length: data.length / length }, (_, row) => data.slice(row * length, (row + 1) * length));

/** Applies the gradients of the case in their order. */
const trajectory =
  (optimizerOf: (attributes: OptimizerAttributes) => Optimizer): Runner<OptimizerAttributes> =>
  ({ name, attrs, inputs, outputs, tol }) => {
    const initial = tensorOf(inputs, 'w0').data;
    const run = new OptimizerRun(optimizerOf(attrs), initial);
    const weights = rows(tensorOf(inputs, 'gradients').data, initial.length).flatMap((row) => [...run.update(row)]);
    run.dispose();
    assertClose(`${name} outputs.trajectory`, { data: weights }, tensorOf(outputs, 'trajectory'), tol);
  };

/**
 * Nesterov's original form takes the gradient of 0.5 w'Aw - b'w at the point ahead, p = w - momentum v. The library's weights
 * are p.
 */
const lookahead: Runner<OptimizerAttributes> = ({ name, attrs, inputs, outputs, tol }) => {
  const initial = tensorOf(inputs, 'w0').data;
  const matrix = rows(tensorOf(inputs, 'A').data, initial.length);
  const offset = tensorOf(inputs, 'b').data;
  const run = new OptimizerRun(
    sgd({ learningRate: attrs.lr, momentum: attrs.momentum!, nesterov: 'lookahead' }),
    initial,
  );
  const path: number[] = [];
  for (let step = 0; step < attrs.steps; step++) {
    const point = run.view('weights');
    const gradient = matrix.map((row, i) => row.reduce((sum, value, j) => sum + value * point[j]!, -offset[i]!));
    const ahead = run.update(gradient);
    const velocity = run.view('velocity');
    path.push(...ahead.map((value, i) => value + attrs.momentum! * velocity[i]!));
  }
  run.dispose();
  assertClose(`${name} outputs.trajectory`, { data: path }, tensorOf(outputs, 'trajectory'), tol);
};

const stochastic = ({
  op,
  lr,
  momentum,
  beta,
  weightDecay = 0,
  form = '',
  biasCorrection = false,
}: OptimizerAttributes): Optimizer =>
  sgd({
    learningRate: lr,
    momentum: momentum ?? beta ?? 0,
    nesterov: op === 'nesterov',
    averaged: form.includes('(1-beta)*g'),
    biasCorrection,
    weightDecay,
  });

const rootMeanSquare = ({ lr, rho, eps, momentum = 0, form = '' }: OptimizerAttributes): Optimizer =>
  rmsprop({
    learningRate: lr,
    rho: rho!,
    epsilon: eps!,
    momentum,
    centered: form.includes('m^2'),
    epsilonPlacement: epsilonPlacement(form),
  });

const epsilonPlacement = (form: string) => (/sqrt\([^()]*\+eps\)/.test(form) ? 'inside' : 'outside');

const moments = ({ lr, beta1, beta2, eps, weightDecay = 0 }: OptimizerAttributes) => ({
  learningRate: lr,
  beta1: beta1!,
  beta2: beta2!,
  epsilon: eps!,
  weightDecay,
});

const adaptive = (attributes: OptimizerAttributes): Optimizer =>
  (attributes.op === 'adamw' ? adamw : adam)({
    ...moments(attributes),
    amsgrad: attributes.op === 'amsgrad',
    epsilonPlacement: attributes.variant === 'adam_epsHat' ? 'hat' : 'corrected',
  });

const adaptiveSum = ({ lr, eps, form = '' }: OptimizerAttributes): Optimizer =>
  adagrad({ learningRate: lr, epsilon: eps!, epsilonPlacement: epsilonPlacement(form) });

const evolvedSign = ({ lr, beta1, beta2, weightDecay = 0 }: OptimizerAttributes): Optimizer =>
  lion({ learningRate: lr, beta1: beta1!, beta2: beta2!, weightDecay });

export const family = goldenFamily<OptimizerAttributes>(
  'optimizers',
  {
    sgd: trajectory(stochastic),
    sgd_l2: trajectory(stochastic),
    momentum_torch: trajectory(stochastic),
    momentum_torch_l2: trajectory(stochastic),
    momentum_ewa: trajectory(stochastic),
    momentum_ewa_corrected: trajectory(stochastic),
    nesterov_torch: trajectory(stochastic),
    nesterov_lookahead: lookahead,
    rmsprop_torch: trajectory(rootMeanSquare),
    rmsprop_textbook: trajectory(rootMeanSquare),
    rmsprop_centered_torch: trajectory(rootMeanSquare),
    rmsprop_centered_textbook: trajectory(rootMeanSquare),
    rmsprop_momentum_torch: trajectory(rootMeanSquare),
    rmsprop_momentum_textbook: trajectory(rootMeanSquare),
    adam: trajectory(adaptive),
    adam_l2: trajectory(adaptive),
    adam_bigEps: trajectory(adaptive),
    amsgrad: trajectory(adaptive),
    adamw: trajectory(adaptive),
    adam_epsHat: trajectory(adaptive),
    adagrad_torch: trajectory(adaptiveSum),
    adagrad_textbook: trajectory(adaptiveSum),
    adadelta: trajectory(({ lr, rho, eps }) => adadelta({ learningRate: lr, rho: rho!, epsilon: eps! })),
    nadam_torch: trajectory((attributes) =>
      nadam({ ...moments(attributes), momentumDecay: attributes.momentumDecay! }),
    ),
    nadam_textbook: trajectory((attributes) => nadam({ ...moments(attributes), momentumForm: 'constant' })),
    adamax: trajectory((attributes) => adamax(moments(attributes))),
    radam: trajectory((attributes) => radam(moments(attributes))),
    lion: trajectory(evolvedSign),
    lion_wd: trajectory(evolvedSign),
    lamb: trajectory((attributes) => lamb(moments(attributes))),
  },
  ({ variant }) => variant,
);
