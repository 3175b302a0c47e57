// Metrics by name. 'accuracy' becomes the form that fits the loss.

import type { Loss } from '../losses/loss.js';
import { meanSquaredError } from '../losses/meanSquaredError.js';
import { OptionError } from '../runtime/errors.js';
import { describeValue, unknownName } from '../runtime/suggest.js';
import { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from './accuracy.js';
import { lossMetric, meanMetric, type Metric, type MetricFunction } from './metric.js';

const NAMED = {
  accuracy: accuracyFor,
  meanSquaredError: () => lossMetric(meanSquaredError()),
} satisfies Record<string, (loss: Loss) => Metric>;

export type MetricName = keyof typeof NAMED;

/** A metric, its name, or a function of one's own. */
export type MetricOption = Metric | MetricName | MetricFunction;

function accuracyFor(loss: Loss): Metric {
  if (loss.labels === 'classes') return sparseCategoricalAccuracy();
  if (loss.name === 'binaryCrossentropy') return binaryAccuracy(loss.fromLogits ? 0 : 0.5);
  return categoricalAccuracy();
}

export function resolveMetric(metric: MetricOption, loss: Loss): Metric {
  if (typeof metric === 'function') return meanMetric(metric.name || 'customMetric', metric);
  if (typeof metric !== 'string') {
    if (typeof metric?.sums === 'function') return metric;
    throw new OptionError(`compile: a metric must be a name, a metric or a function, got ${describeValue(metric)}.`);
  }
  return Object.hasOwn(NAMED, metric)
    ? NAMED[metric](loss)
    : unknownName('compile', 'metric', metric, Object.keys(NAMED));
}
