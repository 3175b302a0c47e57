import { checkNumbers, COUNT } from './checks.js';
import { asSchedule, makeSchedule, type Schedule } from './schedule.js';
import { withInner } from './warmup.js';

/**
 * A schedule that counts epochs instead of steps: schedule(floor(step / stepsPerEpoch)).
 *
 * @example perEpoch(stepDecay({ learningRate: 0.1, every: 10 }), 469)
 */
export function perEpoch(schedule: number | Schedule, stepsPerEpoch: number): Schedule {
  const config = { stepsPerEpoch };
  checkNumbers('perEpoch', config, { stepsPerEpoch: COUNT });
  const byEpoch = asSchedule('perEpoch', 'schedule', schedule);
  const bySteps = makeSchedule('perEpoch', config, (step) => byEpoch(Math.floor(step / stepsPerEpoch)));
  return withInner('perEpoch', bySteps, schedule, config);
}
