// The stopping criteria of Prechelt, "Early stopping - but when?", in Neural Networks: Tricks of the Trade (1998).

import { resolveNamed, type NamedConfig } from '../../runtime/named.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';

/** The epochs of a run that early stopping has watched, in their order. */
export interface Course {
  /** The monitored figure, smoothed if asked for; a value that is not finite counts as infinitely bad. */
  values: readonly number[];
  /** The same figure of the training data, such as `loss` beside `val_loss`; empty unless `needsTraining`. */
  training: readonly number[];
  mode: 'min' | 'max';
}

/** Decides after each epoch whether training ends. Any object of this form may be given to `earlyStopping`. */
export interface StoppingCriterion {
  readonly name: string;
  /** Its options, for one of the library: by name and options it is made again elsewhere. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Reads `course.training`. */
  readonly needsTraining?: boolean;
  /** Divides by the figure, so that it must be an error: not negative, and the lower the better. */
  readonly needsError?: boolean;
  isDue(course: Course): boolean;
}

/** GL(t), in percent. */
function lossOfGeneralization(values: readonly number[]): number {
  const last = values.at(-1)!;
  const best = Math.min(...values);
  return last === best ? 0 : 100 * (last / best - 1);
}

/** P_k, in thousandths: how much larger the mean of a strip is than its least value. */
function progressOf(strip: readonly number[]): number {
  const sum = strip.reduce((total, value) => total + value, 0);
  return 1000 * (sum / (strip.length * Math.min(...strip)) - 1);
}

const checkStrip = (where: string, strip: number): number =>
  checkNumber(where, 'strip', strip, { minimum: 1, integer: true });

/**
 * GL_alpha: stops after the first epoch t with
 *
 *     GL(t) = 100 (E_va(t) / E_opt(t) - 1) > alpha,    E_opt(t) = min E_va(t') over t' <= t
 *
 * so when the error on the validation data is more than `alpha` percent above its least so far. Prechelt (1998), section 2.
 *
 * @param options.alpha Percent, above 0; 5 by default.
 * @example earlyStopping({ criterion: generalizationLoss({ alpha: 2 }), restoreBest: true })
 */
export function generalizationLoss(options: { alpha?: number } = {}): StoppingCriterion {
  checkOptions('generalizationLoss', options, ['alpha']);
  const alpha = checkNumber('generalizationLoss', 'alpha', options.alpha ?? 5, { above: 0 });
  return {
    name: 'generalizationLoss',
    config: { ...options },
    needsError: true,
    isDue: ({ values }) => lossOfGeneralization(values) > alpha,
  };
}

/**
 * PQ_alpha: stops after the first epoch t at the end of a strip of k epochs with GL(t) / P_k(t) > alpha, where
 *
 *     P_k(t) = 1000 (sum of E_tr(t') / (k min E_tr(t')) - 1),    both over t' = t - k + 1 .. t
 *
 * is the progress of the training error in the strip: while that falls fast, generalisation may recover. Prechelt (1998), section 2.
 *
 * @param options.alpha Quotient, above 0; 1 by default.
 * @param options.strip Epochs k of a strip; 5 by default.
 * @example earlyStopping({ criterion: progressQuotient({ alpha: 0.5 }), restoreBest: true })
 */
export function progressQuotient(options: { alpha?: number; strip?: number } = {}): StoppingCriterion {
  checkOptions('progressQuotient', options, ['alpha', 'strip']);
  const alpha = checkNumber('progressQuotient', 'alpha', options.alpha ?? 1, { above: 0 });
  const strip = checkStrip('progressQuotient', options.strip ?? 5);
  return {
    name: 'progressQuotient',
    config: { ...options },
    needsError: true,
    needsTraining: true,
    isDue({ values, training }) {
      if (values.length % strip > 0) return false;
      const loss = lossOfGeneralization(values);
      // Without any progress the quotient is infinite as soon as something was lost.
      return loss > 0 && loss / progressOf(training.slice(-strip)) > alpha;
    },
  };
}

/**
 * UP_s: stops when the error on the validation data has risen in s successive strips of k epochs, however little:
 *
 *     UP_s stops after t if UP_(s-1) stops after t - k and E_va(t) > E_va(t - k);    UP_1 if E_va(t) > E_va(t - k)
 *
 * at ends of strips. For a figure that is to rise, a fall counts. Prechelt (1998), section 2.
 *
 * @param options.successions Strips s; 3 by default.
 * @param options.strip Epochs k of a strip; 5 by default.
 * @example earlyStopping({ criterion: successiveIncreases({ successions: 2 }), restoreBest: true })
 */
export function successiveIncreases(options: { successions?: number; strip?: number } = {}): StoppingCriterion {
  checkOptions('successiveIncreases', options, ['successions', 'strip']);
  const where = 'successiveIncreases';
  const successions = checkNumber(where, 'successions', options.successions ?? 3, { minimum: 1, integer: true });
  const strip = checkStrip(where, options.strip ?? 5);
  return {
    name: where,
    config: { ...options },
    isDue({ values, mode }) {
      if (values.length % strip > 0) return false;
      const ends = values.filter((_, epoch) => (epoch + 1) % strip === 0).slice(-successions - 1);
      if (ends.length <= successions) return false;
      const isWorse = (now: number, before: number) => (mode === 'min' ? now > before : now < before);
      return ends.every((end, i) => i === 0 || isWorse(end, ends[i - 1]!));
    },
  };
}

/** The criterion of a name and options. */
export const criterionFromConfig = (where: string, config: NamedConfig): StoppingCriterion =>
  resolveNamed<StoppingCriterion>(where, 'criterion', config, {
    generalizationLoss,
    progressQuotient,
    successiveIncreases,
  });
