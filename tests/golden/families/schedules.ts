// Schedules against their references: the value of every step.

import * as wasmgrad from '../../../bindings/index.js';
import type { Schedule } from '../../../bindings/index.js';
import { assertClose, tensorOf } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

/** Hyper-parameters as the references name them; each case has those of its kind. */
interface ScheduleAttributes {
  op: string;
  steps: number;
  [name: string]: unknown;
}

type Values = Readonly<Record<string, number>>;

const values =
  (scheduleOf: (attributes: Values) => Schedule): Runner<ScheduleAttributes> =>
  ({ name, attrs, outputs, tol }) => {
    const data = course(scheduleOf(attrs as unknown as Values), attrs.steps);
    assertClose(`${name} outputs.values`, { data }, tensorOf(outputs, 'values'), tol);
  };

const course = (schedule: Schedule, steps: number) => Array.from({ length: steps }, (_, step) => schedule(step));

const oneCycle: Runner<ScheduleAttributes> = async (reference) => {
  const { attrs, name, outputs, tol } = reference;
  const shared = {
    steps: attrs.steps,
    warmupShare: attrs.pctStart as number,
    anneal: attrs.anneal === 'cos' ? ('cosine' as const) : ('linear' as const),
    threePhase: attrs.threePhase as boolean,
  };
  await values(({ max, divFactor, finalDivFactor }) =>
    wasmgrad.oneCycle({ ...shared, maximum: max!, divisor: divFactor!, finalDivisor: finalDivFactor! }),
  )(reference);
  const [minimum, maximum] = attrs.momentum as [number, number];
  const momentum = course(wasmgrad.oneCycleMomentum({ ...shared, minimum, maximum }), attrs.steps);
  assertClose(`${name} outputs.momentum`, { data: momentum }, tensorOf(outputs, 'momentum'), tol);
};

const cyclic: Runner<ScheduleAttributes> = async (reference) => {
  const mode = reference.attrs.mode === 'exp_range' ? 'expRange' : (reference.attrs.mode as 'triangular');
  await values(({ base, max, stepUp, gamma = 1 }) =>
    wasmgrad.cyclic({ minimum: base!, maximum: max!, stepsUp: stepUp!, gamma, mode }),
  )(reference);
};

const plateau: Runner<ScheduleAttributes> = ({ name, attrs, inputs, outputs, tol }) => {
  const { lr0, factor, patience, minDelta, cooldown, minLr } = attrs as unknown as Values;
  const rule = wasmgrad.plateau({
    learningRate: lr0!,
    factor: factor!,
    patience: patience!,
    minDelta: minDelta!,
    cooldown: cooldown!,
    minimum: minLr!,
    convention: attrs.convention as 'torch',
  });
  const data = tensorOf(inputs, 'losses').data.map((loss) => rule.update(loss));
  assertClose(`${name} outputs.values`, { data }, tensorOf(outputs, 'values'), tol);
};

const piecewise: Runner<ScheduleAttributes> = async (reference) => {
  const { boundaries, values: levels, boundaryBelongsTo } = reference.attrs;
  await values(() =>
    wasmgrad.piecewiseConstant({
      boundaries: boundaries as number[],
      values: levels as number[],
      boundaryBelongsTo: boundaryBelongsTo as 'next',
    }),
  )(reference);
};

export const family = goldenFamily<ScheduleAttributes>('schedules', {
  stepDecay: values(({ lr0, drop, every }) => wasmgrad.stepDecay({ learningRate: lr0!, drop: drop!, every: every! })),
  exponential: values(({ lr0, k, base }) =>
    wasmgrad.exponentialDecay({ learningRate: lr0!, ...(base === undefined ? { decay: k! } : { base }) }),
  ),
  inverseTime: values(({ lr0, k }) => wasmgrad.inverseTimeDecay({ learningRate: lr0!, decay: k! })),
  inverseSqrt: values(({ lr0 }) => wasmgrad.inverseSqrt({ learningRate: lr0! })),
  polynomial: values(({ lr0, end, power, decaySteps }) =>
    wasmgrad.polynomialDecay({ learningRate: lr0!, end: end!, power: power!, steps: decaySteps! }),
  ),
  cosine: values(({ lr0, min, T }) => wasmgrad.cosineDecay({ learningRate: lr0!, minimum: min!, steps: T! })),
  cosineRestarts: values(({ lr0, min, T0, Tmult }) =>
    wasmgrad.cosineRestarts({ learningRate: lr0!, minimum: min!, steps: T0!, factor: Tmult! }),
  ),
  oneCycle,
  warmupCosine: values(({ lr0, start, min, warmup, total }) =>
    wasmgrad.warmup(wasmgrad.cosineDecay({ learningRate: lr0!, minimum: min!, steps: total! - warmup! }), {
      steps: warmup!,
      start: start!,
    }),
  ),
  cyclic,
  plateau,
  piecewise,
});
