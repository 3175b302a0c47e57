import { cos } from '../runtime/math.js';
import { checkNumbers, COUNT, NOT_NEGATIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface CosineDecayOptions {
  learningRate: number;
  /** Rate at the end, and ever after; 0 by default. */
  minimum?: number;
  /** Steps until the end. */
  steps: number;
}

/** From `start` to `end` along half a cosine; `progress` in [0, 1]. */
export const cosineBetween = (start: number, end: number, progress: number): number =>
  end + ((start - end) * (1 + cos(Math.PI * progress))) / 2;

/**
 * Half a cosine: minimum + (learningRate - minimum) (1 + cos(pi step / steps)) / 2, and `minimum` from `steps` on.
 * Loshchilov & Hutter 2017, without restarts.
 *
 * @example warmup(cosineDecay({ learningRate: 1e-3, steps: 900 }), { steps: 100 })
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  const config = { minimum: 0, ...options };
  checkNumbers('cosineDecay', config, { learningRate: NOT_NEGATIVE, minimum: NOT_NEGATIVE, steps: COUNT });
  const { learningRate, minimum, steps } = config;
  return makeSchedule('cosineDecay', config, (step) =>
    step >= steps ? minimum : cosineBetween(learningRate, minimum, step / steps),
  );
}
