// Metrics by name. Most take the form that fits the loss.

import type { Loss } from '../losses/loss.js';
import { OptionError } from '../runtime/errors.js';
import { resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import { describeValue, unknownName } from '../runtime/suggest.js';
import { accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, topKAccuracy } from './accuracy.js';
import { balancedAccuracy, cohenKappa, f1, matthewsCorrelation, precision, recall } from './counting.js';
import {
  lossMetric,
  meanMetric,
  type Metric,
  type MetricFunction,
  type MetricOfLoss,
  type MetricOptions,
} from './metric.js';
import { brierScore, logLoss } from './probability.js';
import { averagePrecision, expectedCalibrationError, prAuc, rocAuc } from './ranking.js';
import {
  meanAbsoluteErrorMetric,
  meanAbsolutePercentageError,
  meanSquaredErrorMetric,
  r2,
  rootMeanSquaredError,
} from './regression.js';

/** Metrics by name; in logs they are called as they were asked for. */
export const METRICS = {
  accuracy,
  auc: rocAuc,
  averagePrecision,
  balancedAccuracy,
  brierScore,
  cohenKappa,
  expectedCalibrationError,
  f1,
  logLoss,
  mae: meanAbsoluteErrorMetric,
  mape: meanAbsolutePercentageError,
  matthewsCorrelation,
  meanAbsoluteError: meanAbsoluteErrorMetric,
  meanAbsolutePercentageError,
  meanSquaredError: meanSquaredErrorMetric,
  mse: meanSquaredErrorMetric,
  prAuc,
  precision,
  r2,
  recall,
  rmse: rootMeanSquaredError,
  rocAuc,
  rootMeanSquaredError,
  topKAccuracy,
} satisfies Record<string, (options: MetricOptions) => Metric | MetricOfLoss>;

export type MetricName = keyof typeof METRICS;

/** A metric, its name, a loss whose mean is the figure, or a function of one's own. */
export type MetricOption = Metric | MetricOfLoss | Loss | MetricName | MetricFunction;

/** Those above, and those that have no name for `compile`. */
const MAKERS: Readonly<Record<string, Maker<Metric | MetricOfLoss>>> = {
  ...METRICS,
  binaryAccuracy: ({ threshold }: { threshold?: number }) => binaryAccuracy(threshold),
  categoricalAccuracy,
  sparseCategoricalAccuracy,
};

/** Makes a metric again from its origin. @throws OptionError for a name that is not the library's. */
export const metricFromConfig = (origin: NamedConfig): Metric | MetricOfLoss =>
  resolveNamed<Metric | MetricOfLoss>('metricFromConfig', 'metric', origin, MAKERS);

const isMetric = (value: object): value is Metric => 'sums' in value || 'rows' in value;

export function resolveMetric(metric: MetricOption, loss: Loss): Metric {
  if (typeof metric === 'function') return meanMetric(metric.name || 'customMetric', metric);
  if (typeof metric === 'string') {
    if (!Object.hasOwn(METRICS, metric)) unknownName('compile', 'metric', metric, Object.keys(METRICS));
    return resolveMetric(METRICS[metric]({ name: metric }), loss);
  }
  if (metric !== null && typeof metric === 'object') {
    if (isMetric(metric)) return metric;
    if ('forLoss' in metric) return metric.forLoss(loss);
    if ('perSample' in metric) return lossMetric(metric);
  }
  throw new OptionError(`compile: a metric must be a name, a metric or a function, got ${describeValue(metric)}.`);
}
