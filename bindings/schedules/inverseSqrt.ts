import { checkNumbers, NOT_NEGATIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface InverseSqrtOptions {
  learningRate: number;
}

/**
 * Decay with the inverse root of time: learningRate / sqrt(step + 1). With `warmup` the schedule of transformers
 * (Vaswani et al. 2017).
 *
 * @example warmup(inverseSqrt({ learningRate: 0.01 }), { steps: 400 })
 */
export function inverseSqrt(options: InverseSqrtOptions): Schedule {
  checkNumbers('inverseSqrt', options, { learningRate: NOT_NEGATIVE });
  return makeSchedule('inverseSqrt', options, (step) => options.learningRate / Math.sqrt(step + 1));
}
