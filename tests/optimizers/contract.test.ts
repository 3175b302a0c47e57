// What every optimiser must do, in all its forms.

import { describe, expect, test } from 'vitest';
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  cosineDecay,
  ema,
  lamb,
  lion,
  lookahead,
  nadam,
  oneCycle,
  oneCycleMomentum,
  OptionError,
  optimizerConfig,
  optimizerFromConfig,
  radam,
  rmsprop,
  sgd,
  swa,
  warmup,
  type Optimizer,
} from '../../bindings/index.js';
import { optimizerNames } from '../../bindings/optimizers/index.js';
import { OptimizerRun } from '../support/optimizerRun.js';

const course = { steps: 20 };
const schedule = warmup(cosineDecay({ learningRate: 0.1, steps: 10 }), { steps: 3, start: 0.01 });

/** Each optimiser with rates that suit the quadratic below, made anew for each test. */
const CASES: Readonly<Record<string, () => Optimizer>> = {
  adadelta: () => adadelta(),
  adagrad: () => adagrad({ learningRate: 0.1 }),
  'adagrad, epsilon inside': () => adagrad({ learningRate: 0.1, epsilonPlacement: 'inside' }),
  adam: () => adam({ learningRate: 0.1 }),
  'adam, amsgrad, epsilon-hat': () => adam({ learningRate: 0.1, amsgrad: true, epsilonPlacement: 'hat' }),
  adamax: () => adamax({ learningRate: 0.1 }),
  adamw: () => adamw({ learningRate: 0.1, weightDecay: 0 }),
  lamb: () => lamb({ learningRate: 0.1 }),
  lion: () => lion({ learningRate: 0.1 }),
  nadam: () => nadam({ learningRate: 0.1 }),
  'nadam, constant': () => nadam({ learningRate: 0.1, momentumForm: 'constant' }),
  radam: () => radam({ learningRate: 0.1 }),
  rmsprop: () => rmsprop({ learningRate: 0.1, centered: true, momentum: 0.5 }),
  sgd: () => sgd({ learningRate: schedule }),
  'sgd, averaged': () => sgd({ learningRate: 0.1, momentum: 0.9, averaged: true, biasCorrection: true }),
  'sgd, nesterov': () =>
    sgd({ learningRate: oneCycle({ maximum: 0.1, ...course }), momentum: oneCycleMomentum(course), nesterov: true }),
  'sgd, look-ahead': () => sgd({ learningRate: schedule, momentum: 0.9, nesterov: 'lookahead' }),
  ema: () => ema(sgd({ learningRate: schedule }), { decay: 0.9, biasCorrection: false }),
  swa: () => swa(adam({ learningRate: 0.1 }), { startStep: 2 }),
  lookahead: () => lookahead(ema(adam({ learningRate: 0.1 })), { k: 3 }),
};

const INITIAL = [1, -2, 3, 0.5, -1, 4, 2];
const CURVATURE = [1, 2, 0.5, 1, 3, 0.25, 1];
const quadratic = (weights: ArrayLike<number>): number =>
  CURVATURE.reduce((sum, curvature, i) => sum + 0.5 * curvature * weights[i]! ** 2, 0);
const slope = (weights: ArrayLike<number>): number[] => CURVATURE.map((curvature, i) => curvature * weights[i]!);

/** Weights after each update on the quadratic. */
function train(optimizer: Optimizer, steps: number, mask = (gradient: number, _: number) => gradient): Float32Array[] {
  const run = new OptimizerRun(optimizer, INITIAL);
  const path = Array.from({ length: steps }, () => run.update(slope(run.view('weights')).map(mask)));
  run.dispose();
  return path;
}

test('every optimiser has a case', () => {
  const tested = new Set(Object.values(CASES).map((make) => make().name));
  expect([...optimizerNames].filter((name) => !tested.has(name))).toEqual([]);
});

describe.each(Object.entries(CASES))('%s', (_, make) => {
  test('lowers a quadratic with its first step and far in thirty', () => {
    const path = train(make(), 30);
    expect(quadratic(path[0]!)).toBeLessThan(quadratic(INITIAL));
    expect(quadratic(path[29]!)).toBeLessThan(quadratic(path[0]!));
  });

  test('has the same bytes again, and when made from its configuration', () => {
    const json = JSON.stringify(optimizerConfig(make()));
    const remade = optimizerFromConfig(JSON.parse(json) as ReturnType<typeof optimizerConfig>);
    expect(JSON.stringify(optimizerConfig(remade))).toBe(json);
    const path = train(make(), 12);
    expect(train(make(), 12)).toEqual(path);
    expect(train(remade, 12)).toEqual(path);
  });

  test('does not move a weight without a gradient', () => {
    for (const weights of train(make(), 8, (gradient, i) => (i === 2 ? 0 : gradient))) {
      expect(weights[2]).toBe(INITIAL[2]);
      expect(weights.every(Number.isFinite)).toBe(true);
    }
  });

  test('does not move at a rate of 0', () => {
    const optimizer = make();
    optimizer.learningRate = 0;
    for (const weights of train(optimizer, 4)) expect([...weights]).toEqual(INITIAL);
  });
});

describe('configurations', () => {
  test('hold learning rate, clipping, noise and groups', () => {
    const optimizer = adamw({
      learningRate: schedule,
      clipNorm: 2,
      gradientNoise: { stddev: 0.1 },
      groups: [{ match: /bias$/i, weightDecay: 0, learningRateFactor: 2 }],
    });
    const json = JSON.stringify(optimizerConfig(optimizer));
    const remade = optimizerFromConfig(JSON.parse(json) as ReturnType<typeof optimizerConfig>);
    expect(JSON.stringify(optimizerConfig(remade))).toBe(json);
    expect(remade.clipping).toEqual({ clipNorm: 2 });
    expect(remade.gradientNoise).toEqual({ stddev: 0.1, decay: 0.55 });
    expect(remade.groups[0]!.matches('dense_1/BIAS')).toBe(true);
    expect(remade.groups[0]!.optimizer.config.weightDecay).toBe(0);
  });

  test('refuse what JSON does not know', () => {
    expect(() => optimizerConfig(sgd({ learningRate: () => 0.1 }))).toThrow(OptionError);
    expect(() => optimizerConfig(sgd({ groups: [{ match: () => true }] }))).toThrow(OptionError);
    expect(() => optimizerFromConfig({ name: 'adm', config: {} })).toThrow(/Did you mean 'adam'/);
  });
});

describe('options', () => {
  test.each([
    ['two ways to clip', () => sgd({ clipNorm: 1, globalClipNorm: 1 }), /clipNorm and globalClipNorm/],
    ['a clip value of 0', () => adam({ clipValue: 0 }), /clipValue/],
    ['correction without an average', () => sgd({ momentum: 0.9, biasCorrection: true }), /biasCorrection/],
    ['an averaging look-ahead', () => sgd({ momentum: 0.9, averaged: true, nesterov: 'lookahead' }), /lookahead/],
    ['an unknown placement', () => adam({ epsilonPlacement: 'inside' as 'hat' }), /corrected, hat/],
    ['a decay that sgd lacks', () => lion({ groups: [{ match: /x/, decay: 1 } as never] }), /groups\[0\]/],
    ['a group without a match', () => sgd({ groups: [{} as never] }), /match/],
    ['a group that clips twice', () => sgd({ clipValue: 1, groups: [{ match: /x/, clipNorm: 1 }] }), /not both/],
    ['negative noise', () => sgd({ gradientNoise: { stddev: -1 } }), /stddev/],
    ['two averages', () => ema(swa(sgd(), { startStep: 1 })), /averages the weights already/],
    ['swa from 0', () => swa(sgd(), { startStep: 0 }), /startStep/],
    ['ema of a name', () => ema('adam' as never), /must be an optimizer/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});
