// Metrics of predicted probabilities that are means over samples.

import { meanOfRow } from '../losses/loss.js';
import { binaryCrossentropy } from '../losses/binaryCrossentropy.js';
import { categoricalCrossentropy } from '../losses/categoricalCrossentropy.js';
import { sparseCategoricalCrossentropy } from '../losses/sparseCategoricalCrossentropy.js';
import { checkOptions } from '../runtime/suggest.js';
import { labelValues, probabilities, taskOf } from './decisions.js';
import { meanMetric, withOrigin, type MetricOfLoss, type MetricOptions } from './metric.js';

const LOG_LOSSES = {
  binary: binaryCrossentropy,
  categorical: categoricalCrossentropy,
  sparse: sparseCategoricalCrossentropy,
};

/**
 * Mean of -log(probability of the label), whatever the loss is; in nats. Probabilities are kept 1e-7 from 0 and 1.
 *
 * @throws OptionError for an unknown option; so do all metrics here.
 * @example model.compile({ optimizer: 'adam', loss: 'binaryFocalCrossentropy', metrics: [logLoss()] })
 */
export function logLoss(options: MetricOptions = {}): MetricOfLoss {
  checkOptions('logLoss', options, ['name']);
  const { name = 'logLoss' } = options;
  return withOrigin('logLoss', options, {
    name,
    forLoss: (loss) => {
      const { fromLogits, ignoredLabel } = loss;
      return meanMetric(name, (yTrue, yPred) => {
        const task = taskOf(loss, yPred.shape);
        const ignore = task === 'sparse' && ignoredLabel !== undefined ? { ignoreClass: ignoredLabel } : {};
        return LOG_LOSSES[task]({ fromLogits, ...ignore }).perSample(yTrue, yPred);
      });
    },
  });
}

/** Brier score: mean of (p - y)^2, for classes of its sum over classes. See `metrics.brierScore`. @example brierScore() */
export function brierScore(options: MetricOptions = {}): MetricOfLoss {
  checkOptions('brierScore', options, ['name']);
  const { name = 'brierScore' } = options;
  return withOrigin('brierScore', options, {
    name,
    forLoss: (loss) =>
      meanMetric(name, (yTrue, yPred) => {
        const squares = probabilities(loss, yPred)
          .sub(labelValues(loss, yTrue, yPred))
          .square();
        return taskOf(loss, yPred.shape) === 'binary' ? meanOfRow(squares) : squares.sum({ axis: -1 });
      }),
  });
}
