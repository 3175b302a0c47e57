import { integerPower } from '../runtime/math.js';
import { checkNumbers, COUNT, NOT_NEGATIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface StepDecayOptions {
  /** Rate of the first steps. */
  learningRate: number;
  /** Factor of each drop; 0.5 by default. */
  drop?: number;
  /** Steps between drops. */
  every: number;
}

/**
 * Drops at regular intervals: learningRate drop^floor(step / every). PyTorch's StepLR.
 *
 * @example sgd({ learningRate: stepDecay({ learningRate: 0.1, drop: 0.5, every: 1000 }) })
 */
export function stepDecay(options: StepDecayOptions): Schedule {
  const config = { drop: 0.5, ...options };
  checkNumbers('stepDecay', config, { learningRate: NOT_NEGATIVE, drop: NOT_NEGATIVE, every: COUNT });
  const { learningRate, drop, every } = config;
  return makeSchedule('stepDecay', config, (step) => learningRate * integerPower(drop, Math.floor(step / every)));
}
