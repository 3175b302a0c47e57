import type { Tensor } from '../graph/tensor.js';
import { oneHot } from '../losses/probability.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { checkThreshold, decide, type DecisionOptions } from './decisions.js';
import { meanMetric, withOrigin, type Metric, type MetricOfLoss, type MetricOptions } from './metric.js';

/** Share of samples whose largest output is the class. Shapes: yTrue [batch, ...] int32, yPred [batch, ..., classes]. */
export const sparseCategoricalAccuracy = (): Metric =>
  withOrigin(
    'sparseCategoricalAccuracy',
    {},
    meanMetric('accuracy', (yTrue, yPred) => yPred.argMax().toFloat().equal(yTrue.toFloat())),
  );

/** Share of samples whose largest output is that of the label. Shapes: both [batch, ..., classes]. */
export const categoricalAccuracy = (): Metric =>
  withOrigin(
    'categoricalAccuracy',
    {},
    meanMetric('accuracy', (yTrue, yPred) => yPred.argMax().toFloat().equal(yTrue.argMax().toFloat())),
  );

/** Share of values on the right side of `threshold` (0 for logits, 0.5 for probabilities). Shapes: both [batch, ...]. */
export const binaryAccuracy = (threshold = 0.5): Metric =>
  withOrigin(
    'binaryAccuracy',
    { threshold },
    meanMetric('accuracy', (yTrue: Tensor, yPred: Tensor) => yPred.greater(threshold).equal(yTrue.greater(0.5))),
  );

/**
 * Share of decisions that are right, in the form that fits the loss: of the largest output of a row, or of yes/no values.
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: [accuracy({ threshold: 0.4 })] })
 */
export function accuracy(options: MetricOptions & DecisionOptions = {}): MetricOfLoss {
  checkOptions('accuracy', options, ['name', 'threshold']);
  checkThreshold('accuracy', options);
  const { name = 'accuracy' } = options;
  return withOrigin('accuracy', options, {
    name,
    forLoss: (loss) =>
      meanMetric(name, (yTrue, yPred) => {
        const { truth, predicted } = decide(loss, yTrue, yPred, options);
        return predicted.equal(truth);
      }),
  });
}

/**
 * Share of samples whose class has fewer than k classes with a higher output; equal outputs count for it, as in Keras. Labels are
 * class numbers or rows; k is 5 unless given.
 *
 * @throws OptionError for an unknown option or a k that is not a positive whole number.
 * @example model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: [topKAccuracy({ k: 3 })] })
 */
export function topKAccuracy(options: MetricOptions & { k?: number } = {}): MetricOfLoss {
  checkOptions('topKAccuracy', options, ['name', 'k']);
  const { name = 'topKAccuracy', k = 5 } = options;
  checkNumber(name, 'k', k, { minimum: 1, integer: true });
  const isAmongBest = (yTrue: Tensor, yPred: Tensor): Tensor => {
    const labels = yTrue.dtype === 'int32' ? yTrue : yTrue.argMax();
    const own = oneHot(labels, yPred.shape.at(-1)!).where(yPred, 0).sum({ axis: -1, keepDims: true });
    return yPred.greater(own).sum({ axis: -1 }).less(k);
  };
  return withOrigin('topKAccuracy', options, { name, forLoss: () => meanMetric(name, isAmongBest) });
}
