// Which figure of the logs a diagnosis looks at, and whether it is an error or a score.

import type { Logs } from '../model/history.js';
import { unknownName } from '../runtime/suggest.js';

/** Figures of at most 1 that rise as a model gets better. 1 minus one of them is an error. */
const SCORES: readonly string[] = [
  'accuracy',
  'auc',
  'averagePrecision',
  'balancedAccuracy',
  'cohenKappa',
  'f1',
  'matthewsCorrelation',
  'prAuc',
  'precision',
  'r2',
  'recall',
  'rocAuc',
  'topKAccuracy',
];

/** What every evaluation gives beside the metrics. */
const LOSSES: readonly string[] = ['loss', 'dataLoss', 'penalty'];

/** The figure that was asked for; else the accuracy, else the first metric, else the loss without penalties. */
export function figureName(where: string, logs: Logs, asked: string | undefined): string {
  const known = Object.keys(logs);
  if (asked !== undefined) return known.includes(asked) ? asked : unknownName(where, 'metric', asked, known);
  if (known.includes('accuracy')) return 'accuracy';
  const metric = known.find((name) => !LOSSES.includes(name) && !name.endsWith('_loss'));
  return metric ?? (known.includes('dataLoss') ? 'dataLoss' : 'loss');
}

/** Whether a figure rises as the model gets better. Behind the name of an output counts what follows it. */
export const isScore = (name: string): boolean => SCORES.includes(name.slice(name.lastIndexOf('_') + 1));
