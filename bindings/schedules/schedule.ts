// What a schedule is: a plain function from the step to a value, which can tell how it was made.

import { OptionError } from '../runtime/errors.js';
import { configOf, type NamedConfig } from '../runtime/named.js';
import { checkNumber, describeValue } from '../runtime/suggest.js';

/** The value of a step, counted from 0: a learning rate, or a momentum. Any plain function is one. */
export interface Schedule {
  (step: number): number;
  /** How it was made. A function of your own has none, and can't be written to JSON. */
  readonly config?: NamedConfig;
}

/** A schedule that checks its step and carries its options. */
export function makeSchedule(name: string, config: object, valueAt: (step: number) => number): Schedule {
  const schedule = (step: number) => valueAt(checkNumber(name, 'step', step, { minimum: 0, integer: true }));
  return Object.assign(schedule, { config: { name, config: { ...config } } });
}

/** A number as a schedule that always has this value. */
export function asSchedule(where: string, option: string, value: number | Schedule): Schedule {
  if (typeof value === 'function') return value;
  checkNumber(where, option, value, { minimum: 0 });
  return () => value;
}

/** What goes to JSON: a number, or the name and options of a schedule. */
export function scheduleConfig(where: string, value: number | Schedule): number | NamedConfig {
  if (typeof value === 'number') return value;
  if (value.config) return configOf(value.config);
  throw new OptionError(
    `${where}: ${describeValue(value)} can't be written to JSON. Use one of the schedules of the library, or set it again after loading.`,
  );
}
