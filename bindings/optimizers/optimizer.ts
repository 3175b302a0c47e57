// What an optimiser is: flat state vectors, one row of hyper-parameters a step, and one update of the flat vectors.

import type { Tensor } from '../graph/tensor.js';
import type { Schedule } from '../schedules/schedule.js';

/** What `update` is given: vectors over all parameters that share an update, and the scalars of the step. */
export interface UpdateContext {
  weights: Tensor;
  gradients: Tensor;
  /** The row that `hyper` returned. */
  hyper: Tensor;
  /** What gradients are multiplied by: 1, or the factor of clipping by a norm. */
  gradientScale: Tensor;
  states: readonly Tensor[];
  /** True if nothing changes the weights after this update: no proximal map, no constraint, no optimiser around it. */
  isFinal?: boolean;
  /** An average of the weights to be moved with them, for rules that can: see `canAverage`. */
  average?: { state: Tensor; shares: Tensor };
}

/** The update itself: what distinguishes one method from the next. */
export interface UpdateRule {
  /** Names of the vectors that it keeps, each as long as the weights. They begin as zeros. */
  readonly states: readonly string[];
  /** True: each parameter has an update of its own, for methods with a norm over the parameter. */
  readonly isPerTensor?: boolean;
  /** float32 scalars of an update, at update number `t` from 1. */
  hyper(t: number, learningRate: number): readonly number[];
  /** True: `update` moves the average that it is given. */
  readonly canAverage?: boolean;
  /** Traces the update. */
  update(context: UpdateContext): void;
  /** Traces what follows once the weights are final: after proximal maps and constraints. */
  finish?(context: UpdateContext): void;
}

/** How gradients are limited; at most one of them. */
export interface Clipping {
  /** Each element lies in [-clipValue, clipValue]. */
  clipValue?: number | undefined;
  /** Each parameter's gradient has at most this Euclidean norm. */
  clipNorm?: number | undefined;
  /** All gradients together have at most this Euclidean norm. Pascanu et al. 2013. */
  globalClipNorm?: number | undefined;
}

/** Gaussian noise on the gradients: variance stddev^2 / (1 + t)^decay at update t from 0. Neelakantan et al. 2015. */
export interface GradientNoise {
  /** Standard deviation at the first update. */
  stddev: number;
  /** 0.55 by default, as in the paper. */
  decay?: number;
}

/** Parameters with settings of their own. */
export interface ParameterGroup {
  /** Which paths are in it, such as `/bias$/`. The first group that matches counts. */
  match: RegExp | ((path: string) => boolean);
  /** The group's rate is this times the rate of the optimiser; 1 by default. */
  learningRateFactor?: number;
  /** Instead of the optimiser's. */
  weightDecay?: number;
  clipValue?: number;
  clipNorm?: number;
}

/** A group with the optimiser that its settings make. */
export interface ResolvedGroup {
  matches(path: string): boolean;
  learningRateFactor: number;
  optimizer: Optimizer;
}

/** Where an optimiser keeps an average of the weights. */
export interface Averages {
  /** Name of the state. */
  state: string;
  /** What the state is multiplied by to be the average after so many updates; undefined: there is none yet. */
  scale(updates: number): number | undefined;
}

export interface Optimizer extends UpdateRule {
  readonly name: string;
  /** All options. What can't be written to JSON (a function) stands as it is: see `optimizerConfig`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A rate, or a function of the step. */
  learningRate: number | Schedule;
  readonly clipping: Clipping;
  readonly gradientNoise: Required<GradientNoise> | undefined;
  readonly groups: readonly ResolvedGroup[];
  readonly averages?: Averages;
}

/** Options that every optimiser has. */
export interface OptimizerOptions extends Clipping {
  learningRate?: number | Schedule;
  gradientNoise?: GradientNoise;
  groups?: readonly ParameterGroup[];
}
