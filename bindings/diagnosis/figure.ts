// Which figure of the logs a diagnosis looks at.

import { unknownName } from '../runtime/suggest.js';

/** What every evaluation gives beside the metrics. */
const LOSSES: readonly string[] = ['loss', 'dataLoss', 'penalty'];

/** The figure that was asked for; else the accuracy, else the first metric, else the loss without penalties. */
export function figureName(where: string, logs: Readonly<Record<string, unknown>>, asked: string | undefined): string {
  const known = Object.keys(logs);
  if (asked !== undefined) return known.includes(asked) ? asked : unknownName(where, 'metric', asked, known);
  if (known.includes('accuracy')) return 'accuracy';
  const metric = known.find((name) => !LOSSES.includes(name) && !name.endsWith('_loss'));
  return metric ?? (known.includes('dataLoss') ? 'dataLoss' : 'loss');
}
