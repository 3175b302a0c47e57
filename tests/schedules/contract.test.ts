// What every schedule must do; their values are checked by the reference cases.

import { describe, expect, test } from 'vitest';
import {
  cosineDecay,
  cosineRestarts,
  cyclic,
  exponentialDecay,
  inverseSqrt,
  inverseTimeDecay,
  oneCycle,
  oneCycleMomentum,
  OptionError,
  perEpoch,
  piecewiseConstant,
  plateau,
  polynomialDecay,
  scheduleFromConfig,
  stepDecay,
  warmup,
  type NamedConfig,
  type Schedule,
} from '../../bindings/index.js';
import { scheduleNames } from '../../bindings/schedules/index.js';

const learningRate = 0.1;
const step = stepDecay({ learningRate, every: 5 });

const CASES: Readonly<Record<string, Schedule>> = {
  cosineDecay: cosineDecay({ learningRate, steps: 20 }),
  cosineRestarts: cosineRestarts({ learningRate, steps: 4, factor: 3 }),
  cyclic: cyclic({ minimum: 0.01, maximum: 0.1, stepsUp: 3, stepsDown: 5, mode: 'triangular2' }),
  exponentialDecay: exponentialDecay({ learningRate, decay: 0.1 }),
  'exponentialDecay, base': exponentialDecay({ learningRate, base: 0.9 }),
  inverseSqrt: inverseSqrt({ learningRate }),
  inverseTimeDecay: inverseTimeDecay({ learningRate, decay: 0.5 }),
  oneCycle: oneCycle({ maximum: 0.1, steps: 20, threePhase: true }),
  oneCycleMomentum: oneCycleMomentum({ steps: 20, anneal: 'linear' }),
  perEpoch: perEpoch(warmup(step, { steps: 2 }), 4),
  piecewiseConstant: piecewiseConstant({ boundaries: [3, 9], values: [3, 2, 1], boundaryBelongsTo: 'previous' }),
  polynomialDecay: polynomialDecay({ learningRate, steps: 20, power: 1.5 }),
  stepDecay: step,
  warmup: warmup(0.1, { steps: 5, start: 0.01 }),
};

const course = (schedule: Schedule): number[] => Array.from({ length: 40 }, (_, i) => schedule(i));

test('every schedule has a case', () => {
  const tested = new Set(Object.values(CASES).map(({ config }) => config!.name));
  expect(scheduleNames.filter((name) => !tested.has(name))).toEqual([]);
});

describe.each(Object.entries(CASES))('%s', (_, schedule) => {
  test('is finite and not negative', () => {
    for (const value of course(schedule)) expect(value).toBeGreaterThanOrEqual(0);
    expect(course(schedule).every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(schedule(1e6))).toBe(true);
  });

  test('is the same when made from its configuration', () => {
    const json = JSON.stringify(schedule.config);
    const remade = scheduleFromConfig(JSON.parse(json) as NamedConfig);
    expect(course(remade)).toEqual(course(schedule));
    expect(JSON.stringify(remade.config)).toBe(json);
  });

  test.each([-1, 0.5, NaN, Infinity])('refuses step %s', (at) => {
    expect(() => schedule(at)).toThrow(OptionError);
  });
});

describe('composition', () => {
  test('a warm-up leads to the first rate of what follows', () => {
    const warmed = warmup(step, { steps: 4 });
    expect(course(warmed).slice(0, 10)).toEqual([0, 0.025, 0.05, (0.1 * 3) / 4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05]);
  });

  test('epochs instead of steps', () => {
    expect(course(perEpoch(step, 3)).slice(12, 18)).toEqual([0.1, 0.1, 0.1, 0.05, 0.05, 0.05]);
  });

  test('a function of your own composes, without a configuration', () => {
    const own = warmup((at) => 1 / (1 + at), { steps: 2 });
    expect([0, 1, 2, 3].map(own)).toEqual([0, 0.5, 1, 0.5]);
    expect(own.config).toBeUndefined();
  });
});

describe('options', () => {
  test.each([
    ['a negative rate', () => cosineDecay({ learningRate: -1, steps: 3 }), /learningRate/],
    ['no steps', () => polynomialDecay({ learningRate } as never), /steps/],
    ['both decays', () => exponentialDecay({ learningRate, decay: 1, base: 0.5 }), /either/],
    ['a phase without steps', () => oneCycle({ maximum: 1, steps: 4, warmupShare: 0.1 }), /without a step/],
    ['an unknown mode', () => cyclic({ minimum: 0, maximum: 1, stepsUp: 2, mode: 'sine' as never }), /triangular2/],
    ['too few values', () => piecewiseConstant({ boundaries: [1], values: [1] }), /one more/],
    ['boundaries that fall', () => piecewiseConstant({ boundaries: [3, 2], values: [1, 2, 3] }), /boundaries\[1\]/],
    ['an unknown option', () => stepDecay({ learningRate, every: 2, gamma: 1 } as never), /gamma/],
    ['a plateau that raises', () => plateau({ learningRate, factor: 2 }), /factor/],
    ['an unknown schedule', () => scheduleFromConfig({ name: 'cosine', config: {} }), /cosineDecay/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});

test('a plateau of a figure that should rise', () => {
  const rule = plateau({ learningRate: 1, factor: 0.5, patience: 1, mode: 'max', minimum: 0.3 });
  expect([0.1, 0.2, 0.2, 0.2, 0.3, 0.1, 0.1, 0.1].map((value) => rule.update(value))).toEqual([
    1, 1, 1, 0.5, 0.5, 0.5, 0.3, 0.3,
  ]);
  expect(rule.state.best).toBe(0.3);
});
