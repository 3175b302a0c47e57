// Which figures rise as a model gets better.

/** Metrics of at most 1 that rise as a model gets better: 1 minus one of them is an error. All others fall. */
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

/** The metric that a figure of the logs is of: `accuracy` of `val_accuracy` and `out_1_accuracy`. */
export const metricOf = (figure: string): string => figure.slice(figure.lastIndexOf('_') + 1);

/** Whether a figure rises as the model gets better. */
export const isScore = (figure: string): boolean => SCORES.includes(metricOf(figure));
