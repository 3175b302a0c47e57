// Schedules from their configuration.

import { resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import { cosineDecay } from './cosineDecay.js';
import { cosineRestarts } from './cosineRestarts.js';
import { cyclic } from './cyclic.js';
import { exponentialDecay } from './exponentialDecay.js';
import { inverseSqrt } from './inverseSqrt.js';
import { inverseTimeDecay } from './inverseTimeDecay.js';
import { oneCycle, oneCycleMomentum } from './oneCycle.js';
import { perEpoch } from './perEpoch.js';
import { piecewiseConstant } from './piecewiseConstant.js';
import { polynomialDecay } from './polynomialDecay.js';
import type { Schedule } from './schedule.js';
import { stepDecay } from './stepDecay.js';
import { warmup, type WarmupOptions } from './warmup.js';

type Inner = { schedule: number | NamedConfig };

const NAMED: Readonly<Record<string, Maker<Schedule>>> = {
  cosineDecay,
  cosineRestarts,
  cyclic,
  exponentialDecay,
  inverseSqrt,
  inverseTimeDecay,
  oneCycle,
  oneCycleMomentum,
  perEpoch: ({ schedule, stepsPerEpoch }: Inner & { stepsPerEpoch: number }) =>
    perEpoch(rateFromConfig(schedule), stepsPerEpoch),
  piecewiseConstant,
  polynomialDecay,
  stepDecay,
  warmup: ({ schedule, ...options }: Inner & WarmupOptions) => warmup(rateFromConfig(schedule), options),
};

/** Names of the schedules. */
export const scheduleNames: readonly string[] = Object.keys(NAMED);

/**
 * The schedule that a `config` describes.
 *
 * @example scheduleFromConfig({ name: 'stepDecay', config: { learningRate: 0.1, every: 10 } })
 */
export const scheduleFromConfig = (config: NamedConfig): Schedule =>
  resolveNamed('scheduleFromConfig', 'schedule', config, NAMED);

/** A rate as it was written to JSON: a number, or the configuration of a schedule. */
export const rateFromConfig = (value: number | NamedConfig): number | Schedule =>
  typeof value === 'number' ? value : scheduleFromConfig(value);
