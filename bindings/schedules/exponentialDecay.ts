import { OptionError } from '../runtime/errors.js';
import { exp, integerPower } from '../runtime/math.js';
import { checkNumbers, NOT_NEGATIVE, POSITIVE } from './checks.js';
import { makeSchedule, type Schedule } from './schedule.js';

/** Either `decay` or `base`. */
export interface ExponentialDecayOptions {
  learningRate: number;
  /** k of e^(-k step). */
  decay?: number;
  /** Factor of every step (PyTorch's `gamma`). */
  base?: number;
}

/**
 * Exponential decay: learningRate e^(-decay step), or learningRate base^step (PyTorch's ExponentialLR).
 *
 * @example exponentialDecay({ learningRate: 0.1, base: 0.95 })
 */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  const { learningRate, decay, base } = options ?? {};
  if ((decay === undefined) === (base === undefined)) {
    throw new OptionError('exponentialDecay: give either decay (e^(-decay step)) or base (base^step).');
  }
  const own: Record<string, object> = decay === undefined ? { base: POSITIVE } : { decay: NOT_NEGATIVE };
  checkNumbers('exponentialDecay', options, { learningRate: NOT_NEGATIVE, ...own }, ['decay', 'base']);
  const factorAt = (step: number) => (base === undefined ? exp(-decay! * step) : integerPower(base, step));
  return makeSchedule('exponentialDecay', options, (step) => learningRate * factorAt(step));
}
