// What an optimiser is: flat state vectors, one row of hyper-parameters a step, and one update of the flat vectors.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { OptionError } from '../runtime/errors.js';
import type { Schedule } from '../schedules/schedule.js';

/** What `update` is given: flat vectors over all trainable parameters, and the scalars of the step. */
export interface UpdateContext {
  weights: Tensor;
  gradients: Tensor;
  /** The row that `hyper` returned. */
  hyper: Tensor;
  /** What gradients are multiplied by: 1, or the factor of global-norm clipping. */
  gradientScale: Tensor;
  states: readonly Tensor[];
}

export interface Optimizer {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** A rate, or a function of the step. */
  learningRate: number | Schedule;
  /** Names of the vectors that it keeps, each as long as the weights. */
  readonly states: readonly string[];
  /** Gradients are scaled down together when the norm over all of them exceeds this. */
  readonly globalClipNorm: number | undefined;
  /** float32 scalars of an update, at update number `t` from 1. */
  hyper(t: number, learningRate: number): readonly number[];
  /** Traces the update. */
  update(context: UpdateContext): void;
}

/** Options that every optimiser has. */
export interface OptimizerOptions {
  learningRate?: number | Schedule;
  /** Largest Euclidean norm of all gradients together; no clipping by default. Pascanu et al. 2013. */
  globalClipNorm?: number;
}

const COMMON_OPTIONS = ['learningRate', 'globalClipNorm'];

/** Checks the common options and `numbers` (name, value, range), and refuses what is not known. */
export function checkOptimizer(
  where: string,
  options: OptimizerOptions,
  ranges: Readonly<Record<string, { minimum?: number; above?: number; below?: number }>>,
  flags: readonly string[] = [],
): void {
  checkOptions(where, options, [...COMMON_OPTIONS, ...Object.keys(ranges), ...flags]);
  if (typeof options.learningRate === 'number') checkLearningRate(where, options.learningRate);
  else if (options.learningRate !== undefined && typeof options.learningRate !== 'function') {
    throw new OptionError(`${where}: learningRate must be a number or a function of the step.`);
  }
  if (options.globalClipNorm !== undefined) checkNumber(where, 'globalClipNorm', options.globalClipNorm, { above: 0 });
  for (const [name, range] of Object.entries(ranges)) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) checkNumber(where, name, value, range);
  }
}

export const checkLearningRate = (where: string, rate: number): number =>
  checkNumber(where, 'learningRate', rate, { minimum: 0 });
