import { OptionError } from '../runtime/errors.js';
import { integerPower } from '../runtime/math.js';
import { describeValue } from '../runtime/suggest.js';
import { checkNumbers, COUNT, NOT_NEGATIVE, POSITIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

/** Factor of the height of the triangle, by the cycle (from 0) and the step. */
const HEIGHTS = {
  triangular: () => 1,
  triangular2: (cycle: number) => 1 / integerPower(2, cycle),
  expRange: (_: number, step: number, gamma: number) => integerPower(gamma, step),
};

export interface CyclicOptions {
  /** Rate at the foot of the triangle. */
  minimum: number;
  /** Rate at its top. */
  maximum: number;
  /** Steps from foot to top. */
  stepsUp: number;
  /** Steps back; `stepsUp` by default. */
  stepsDown?: number;
  /** Height of the triangles: all the same (`triangular`, the default), half in each cycle, or gamma^step. */
  mode?: keyof typeof HEIGHTS;
  /** Factor of every step in the mode `expRange`; 1 by default. */
  gamma?: number;
}

/**
 * Triangles between two rates, again and again. Smith 2017, "Cyclical learning rates for training neural networks";
 * PyTorch's CyclicLR.
 *
 * @example cyclic({ minimum: 0.01, maximum: 0.1, stepsUp: 500, mode: 'triangular2' })
 */
export function cyclic(options: CyclicOptions): Schedule {
  const config = { mode: 'triangular' as const, gamma: 1, stepsDown: options?.stepsUp, ...options };
  const ranges = { minimum: NOT_NEGATIVE, maximum: NOT_NEGATIVE, stepsUp: COUNT, stepsDown: COUNT, gamma: POSITIVE };
  checkNumbers('cyclic', config, ranges, ['mode']);
  const { minimum, maximum, stepsUp, stepsDown, mode, gamma } = config;
  if (!Object.hasOwn(HEIGHTS, mode)) {
    const known = Object.keys(HEIGHTS).join(', ');
    throw new OptionError(`cyclic: mode must be one of ${known}, got ${describeValue(mode)}.`);
  }
  return makeSchedule('cyclic', config, (step) => {
    const length = stepsUp + stepsDown;
    const within = step % length;
    const share = within <= stepsUp ? within / stepsUp : (length - within) / stepsDown;
    const height = HEIGHTS[mode](Math.floor(step / length), step, gamma);
    return minimum + (maximum - minimum) * share * height;
  });
}
