// The optimiser, its schedule and the augmentation that the settings describe.

import {
  adagrad,
  adam,
  adamax,
  adamw,
  cosineDecay,
  exponentialDecay,
  lamb,
  lion,
  nadam,
  oneCycle,
  radam,
  randomRotation,
  randomTranslation,
  randomZoom,
  rmsprop,
  sgd,
  stepDecay,
  warmup,
  type Augmentation,
  type Optimizer,
  type Schedule,
} from '../../../../bindings/index.js';
import type { State } from '../state/state.js';

type Rate = number | Schedule;

const SCHEDULES: Readonly<Record<State['schedule'], (learningRate: number, steps: number) => Rate>> = {
  constant: (learningRate) => learningRate,
  cosine: (learningRate, steps) => cosineDecay({ learningRate, steps }),
  // ln 100, over all steps.
  exponential: (learningRate, steps) => exponentialDecay({ learningRate, decay: 4.605170185988092 / steps }),
  step: (learningRate, steps) => stepDecay({ learningRate, drop: 0.5, every: Math.max(1, Math.ceil(steps / 11)) }),
  oneCycle: (maximum, steps) => oneCycle({ maximum, steps: Math.max(4, steps) }),
  warmup(learningRate, steps) {
    const rising = Math.max(1, Math.round(steps / 10));
    return warmup(cosineDecay({ learningRate, steps }), { steps: rising });
  },
};

const OPTIMIZERS: Readonly<Record<State['optimizer'], (learningRate: Rate) => Optimizer>> = {
  adam: (learningRate) => adam({ learningRate }),
  adamw: (learningRate) => adamw({ learningRate }),
  nadam: (learningRate) => nadam({ learningRate }),
  radam: (learningRate) => radam({ learningRate }),
  adamax: (learningRate) => adamax({ learningRate }),
  rmsprop: (learningRate) => rmsprop({ learningRate }),
  adagrad: (learningRate) => adagrad({ learningRate }),
  lion: (learningRate) => lion({ learningRate }),
  lamb: (learningRate) => lamb({ learningRate }),
  sgd: (learningRate) => sgd({ learningRate }),
  momentum: (learningRate) => sgd({ learningRate, momentum: 0.9 }),
  nesterov: (learningRate) => sgd({ learningRate, momentum: 0.9, nesterov: true }),
};

export function makeOptimizer(state: State, samples: number): Optimizer {
  const steps = state.epochs * Math.ceil(samples / state.batch);
  return OPTIMIZERS[state.optimizer](SCHEDULES[state.schedule](state.rate, steps));
}

/** For pictures; points are moved by a layer of noise. */
export function makeAugmentations(state: State): Augmentation[] {
  if (state.data !== 'digits') return [];
  return [
    ...(state.rotation > 0 ? [randomRotation({ degrees: state.rotation })] : []),
    ...(state.shift > 0 ? [randomTranslation({ height: state.shift, width: state.shift })] : []),
    ...(state.zoom > 0 ? [randomZoom({ factor: state.zoom })] : []),
  ];
}
