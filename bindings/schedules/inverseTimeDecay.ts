import { checkNumbers, NOT_NEGATIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface InverseTimeDecayOptions {
  learningRate: number;
  /** k of 1 / (1 + k step). */
  decay: number;
}

/**
 * Decay with the inverse of time: learningRate / (1 + decay step). Robbins & Monro 1951 have the conditions that it meets.
 *
 * @example inverseTimeDecay({ learningRate: 0.2, decay: 0.1 })
 */
export function inverseTimeDecay(options: InverseTimeDecayOptions): Schedule {
  checkNumbers('inverseTimeDecay', options, { learningRate: NOT_NEGATIVE, decay: NOT_NEGATIVE });
  const { learningRate, decay } = options;
  return makeSchedule('inverseTimeDecay', options, (step) => learningRate / (1 + decay * step));
}
