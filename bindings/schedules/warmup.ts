import { checkNumbers, COUNT, NOT_NEGATIVE } from './checks.js';
import { asSchedule, makeSchedule, scheduleConfig, type Schedule } from './schedule.js';

export interface WarmupOptions {
  /** Steps of the warm-up. */
  steps: number;
  /** Rate of the first step; 0 by default. */
  start?: number;
}

/**
 * A straight line from `start` to the first rate of a schedule, which then begins: its step 0 is the one after the warm-up.
 * Goyal et al. 2017.
 *
 * @example warmup(cosineDecay({ learningRate: 0.1, steps: 900 }), { steps: 100 })
 */
export function warmup(schedule: number | Schedule, options: WarmupOptions): Schedule {
  const config = { start: 0, ...options };
  checkNumbers('warmup', config, { steps: COUNT, start: NOT_NEGATIVE });
  const { steps, start } = config;
  const then = asSchedule('warmup', 'schedule', schedule);
  const warmed = makeSchedule('warmup', config, (step) =>
    step < steps ? start + ((then(0) - start) * step) / steps : then(step - steps),
  );
  return withInner('warmup', warmed, schedule, config);
}

/** A schedule of another one. It has a configuration if the other has. */
export function withInner(name: string, outer: Schedule, schedule: number | Schedule, options: object): Schedule {
  const isKnown = typeof schedule === 'number' || schedule.config !== undefined;
  const config = isKnown ? { name, config: { schedule: scheduleConfig(name, schedule), ...options } } : undefined;
  return Object.assign((step: number) => outer(step), config && { config });
}
