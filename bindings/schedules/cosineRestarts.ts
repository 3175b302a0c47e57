import { checkNumbers, COUNT, NOT_NEGATIVE } from './checks.js';
import { cosineBetween } from './cosineDecay.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface CosineRestartsOptions {
  /** Rate at the start of every cycle. */
  learningRate: number;
  /** Rate that a cycle runs towards; 0 by default. */
  minimum?: number;
  /** Steps of the first cycle. */
  steps: number;
  /** Each cycle has as many times the steps of the one before: a whole number, 1 by default. */
  factor?: number;
}

/**
 * Cosine decay with warm restarts (SGDR): cycle after cycle of half a cosine, each `factor` times as long as the one before.
 * Loshchilov & Hutter 2017; PyTorch's CosineAnnealingWarmRestarts.
 *
 * @example cosineRestarts({ learningRate: 0.1, steps: 500, factor: 2 })
 */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  const config = { minimum: 0, factor: 1, ...options };
  const ranges = { learningRate: NOT_NEGATIVE, minimum: NOT_NEGATIVE, steps: COUNT, factor: COUNT };
  checkNumbers('cosineRestarts', config, ranges);
  const { learningRate, minimum, steps, factor } = config;
  return makeSchedule('cosineRestarts', config, (step) => {
    let length = steps;
    let since = factor === 1 ? step % steps : step;
    for (; since >= length; length *= factor) since -= length;
    return cosineBetween(learningRate, minimum, since / length);
  });
}
