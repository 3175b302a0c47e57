import { pow } from '../runtime/math.js';
import { checkNumbers, COUNT, NOT_NEGATIVE, POSITIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface PolynomialDecayOptions {
  learningRate: number;
  /** Rate at the end, and ever after; 0 by default. */
  end?: number;
  /** Steps until the end. */
  steps: number;
  /** 1 by default: a straight line. */
  power?: number;
}

/**
 * Decay along a power: (learningRate - end) (1 - step / steps)^power + end, and `end` from `steps` on.
 *
 * @example polynomialDecay({ learningRate: 0.1, end: 0.01, steps: 1000, power: 2 })
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  const config = { end: 0, power: 1, ...options };
  const ranges = { learningRate: NOT_NEGATIVE, end: NOT_NEGATIVE, steps: COUNT, power: POSITIVE };
  checkNumbers('polynomialDecay', config, ranges);
  const { learningRate, end, steps, power } = config;
  return makeSchedule('polynomialDecay', config, (step) =>
    step >= steps ? end : (learningRate - end) * pow(1 - step / steps, power) + end,
  );
}
