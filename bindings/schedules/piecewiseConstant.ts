import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface PiecewiseConstantOptions {
  /** Steps at which the value changes, ascending. */
  boundaries: readonly number[];
  /** Values: one more than boundaries. */
  values: readonly number[];
  /** Whether the step of a boundary has the `next` value already (the default), or still the `previous` one (Keras). */
  boundaryBelongsTo?: 'next' | 'previous';
}

/**
 * Constant between boundaries.
 *
 * @example piecewiseConstant({ boundaries: [1000, 2000], values: [0.1, 0.01, 0.001] })
 */
export function piecewiseConstant(options: PiecewiseConstantOptions): Schedule {
  const name = 'piecewiseConstant';
  checkOptions(name, options, ['boundaries', 'values', 'boundaryBelongsTo']);
  const config = { boundaryBelongsTo: 'next' as const, ...options };
  const { boundaries, values, boundaryBelongsTo } = config;
  if (![boundaries, values].every((list: unknown) => Array.isArray(list)) || values.length !== boundaries.length + 1) {
    throw new OptionError(`${name}: values must be one more than boundaries: those before the first, and after each.`);
  }
  boundaries.forEach((boundary, i) =>
    checkNumber(name, `boundaries[${i}]`, boundary, { above: boundaries[i - 1] ?? -1, integer: true }),
  );
  values.forEach((value, i) => checkNumber(name, `values[${i}]`, value, { minimum: 0 }));
  if (boundaryBelongsTo !== 'next' && boundaryBelongsTo !== 'previous') {
    const got = describeValue(boundaryBelongsTo);
    throw new OptionError(`${name}: boundaryBelongsTo must be 'next' or 'previous', got ${got}.`);
  }
  const isPast = (boundary: number, step: number) =>
    boundaryBelongsTo === 'next' ? step >= boundary : step > boundary;
  return makeSchedule(name, config, (step) => values[boundaries.filter((boundary) => isPast(boundary, step)).length]!);
}
