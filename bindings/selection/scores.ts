// Scores over folds: mean, spread, and how far the mean can be trusted.

import type { Fold } from '../data/splits/folds.js';
import type { Logs } from '../model/history.js';
import { momentsOf, type Moments } from '../runtime/moments.js';
import { studentQuantile } from './studentT.js';

/** A figure over folds. */
export interface FoldFigure extends Moments {
  /** By fold; NaN where the loss stopped being finite. */
  values: number[];
  /** Confidence interval of the mean, corrected for training parts that overlap. */
  interval: [low: number, high: number];
}

/** Mean number of held-out samples for each one trained on. */
export const testShare = (folds: readonly Fold[]): number =>
  folds.reduce((sum, { train, test }) => sum + test.length / train.length, 0) / folds.length;

/**
 * Standard error of a mean over folds, sqrt((1/k + test/train) s²). The second term is what folds have in common: their training
 * parts overlap, so their scores vary less than those of fresh samples would (Nadeau & Bengio 2003, "Inference for the
 * generalization error", Machine Learning 52; for repeated k-fold Bouckaert & Frank 2004).
 */
export const correctedError = (spread: number, count: number, share: number): number =>
  spread * Math.sqrt(1 / count + share);

export function figureOf(values: number[], share: number, confidence: number): FoldFigure {
  const { mean, spread } = momentsOf(values);
  const freedom = values.length - 1;
  const half =
    freedom > 0 ? studentQuantile(confidence, freedom) * correctedError(spread, values.length, share) : Infinity;
  return { values, mean, spread, interval: [mean - half, mean + half] };
}

/** Figures by name; a fold without one counts as NaN. */
export function figuresOf(logs: readonly Logs[], share: number, confidence: number): Record<string, FoldFigure> {
  const names = [...new Set(logs.flatMap((own) => Object.keys(own)))];
  return Object.fromEntries(
    names.map((name) => [name, figureOf(logs.map((own) => own[name] ?? NaN), share, confidence)]), // prettier-ignore
  );
}
