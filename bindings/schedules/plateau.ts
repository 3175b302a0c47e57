// Lowering the rate when a figure stops improving: the rule alone, without a model.

import { OptionError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { checkNumbers, NOT_NEGATIVE } from './checks.js';

export interface PlateauOptions {
  /** Rate to begin with. */
  learningRate: number;
  /** Factor of each reduction; 0.1 by default. */
  factor?: number;
  /** Updates without improvement that are let pass; 10 by default. */
  patience?: number;
  /** Improvement counts only if it is larger than this; 0 by default. */
  minDelta?: number;
  /** Updates after a reduction in which none is counted as bad; 0 by default. */
  cooldown?: number;
  /** Least rate; 0 by default. */
  minimum?: number;
  /** Whether the figure is to fall (`min`, the default) or to rise. */
  mode?: 'min' | 'max';
  /**
   * Who counts: `torch` (the default) reduces when bad updates exceed `patience`, `keras` when they reach it, and the
   * update that ends the cooldown counts as bad already.
   */
  convention?: 'torch' | 'keras';
}

/** The state of the rule. It is plain data: copy it to keep it. */
export interface PlateauState {
  learningRate: number;
  best: number;
  bad: number;
  cooldown: number;
}

export interface Plateau {
  readonly config: Required<PlateauOptions>;
  readonly state: PlateauState;
  /** Notes a figure and returns the rate from now on. */
  update(value: number): number;
}

const DEFAULTS = {
  factor: 0.1,
  patience: 10,
  minDelta: 0,
  cooldown: 0,
  minimum: 0,
  mode: 'min',
  convention: 'torch',
} as const;
const CHOICES = { mode: ['min', 'max'], convention: ['torch', 'keras'] } as const;

function checkPlateau(config: Required<PlateauOptions>): void {
  const count = { minimum: 0, integer: true };
  const ranges = {
    learningRate: NOT_NEGATIVE,
    factor: { above: 0, below: 1 },
    patience: count,
    minDelta: NOT_NEGATIVE,
    cooldown: count,
    minimum: NOT_NEGATIVE,
  };
  checkNumbers('plateau', config, ranges, Object.keys(CHOICES));
  for (const name of ['mode', 'convention'] as const) {
    const known: readonly string[] = CHOICES[name];
    if (known.includes(config[name])) continue;
    throw new OptionError(`plateau: ${name} must be one of ${known.join(', ')}, got ${describeValue(config[name])}.`);
  }
}

/**
 * Multiplies the rate by `factor` when the figure has not improved by more than `minDelta` for `patience` updates.
 * PyTorch's ReduceLROnPlateau with threshold_mode 'abs', or Keras' ReduceLROnPlateau.
 *
 * @example
 * const rule = plateau({ learningRate: 0.1, patience: 2 });
 * const rate = rule.update(validationLoss);
 */
export function plateau(options: PlateauOptions): Plateau {
  const config: Required<PlateauOptions> = { ...DEFAULTS, ...options };
  checkPlateau(config);
  const { factor, patience, minDelta, minimum, convention } = config;
  const sign = config.mode === 'max' ? -1 : 1;
  const limit = convention === 'torch' ? patience + 1 : Math.max(patience, 1);
  const state: PlateauState = { learningRate: config.learningRate, best: sign * Infinity, bad: 0, cooldown: 0 };
  const update = (value: number): number => {
    const isBetter = sign * value < sign * state.best - minDelta;
    if (isBetter) state.best = value;
    const wasCooling = state.cooldown > 0;
    if (wasCooling) state.cooldown--;
    const isCooling = convention === 'torch' ? wasCooling : state.cooldown > 0;
    state.bad = isBetter || isCooling ? 0 : wasCooling ? 1 : state.bad + 1;
    if (state.bad >= limit) {
      state.learningRate = Math.max(state.learningRate * factor, Math.min(minimum, state.learningRate));
      Object.assign(state, { bad: 0, cooldown: config.cooldown });
    }
    return state.learningRate;
  };
  return { config, state, update };
}
