// Metrics of predicted quantities. The mean squared and absolute errors are the losses of these names: any loss is a metric too.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { meanOfRow } from '../losses/loss.js';
import { meanAbsoluteError } from '../losses/meanAbsoluteError.js';
import { meanSquaredError } from '../losses/meanSquaredError.js';
import { checkOptions } from '../runtime/suggest.js';
import * as functions from './functions/regression.js';
import { lossMetric, meanMetric, positionWeights, withOrigin, type Metric, type MetricOptions } from './metric.js';

export const meanSquaredErrorMetric = ({ name = 'meanSquaredError' }: MetricOptions = {}): Metric =>
  withOrigin('meanSquaredError', { name }, lossMetric(meanSquaredError(), name));

export const meanAbsoluteErrorMetric = ({ name = 'meanAbsoluteError' }: MetricOptions = {}): Metric =>
  withOrigin('meanAbsoluteError', { name }, lossMetric(meanAbsoluteError(), name));

/**
 * Root of the mean over all samples of (yPred - yTrue)^2, in units of the labels. Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option; so do all metrics here.
 * @example model.compile({ optimizer: 'adam', loss: 'huber', metrics: [rootMeanSquaredError()] })
 */
export function rootMeanSquaredError(options: MetricOptions = {}): Metric {
  checkOptions('rootMeanSquaredError', options, ['name']);
  const squares = (yTrue: Tensor, yPred: Tensor): Tensor => meanSquaredError().perSample(yTrue, yPred);
  return withOrigin(
    'rootMeanSquaredError',
    options,
    meanMetric(options.name ?? 'rootMeanSquaredError', squares, Math.sqrt),
  );
}

/** Labels are taken to be at least this in size, as in `metrics.meanAbsolutePercentageError`. */
const SMALLEST_LABEL = 2 ** -52;

/** Mean of |yPred - yTrue| / |yTrue|, a fraction as in scikit-learn (Keras: percent). @example meanAbsolutePercentageError() */
export function meanAbsolutePercentageError(options: MetricOptions = {}): Metric {
  checkOptions('meanAbsolutePercentageError', options, ['name']);
  const relative = (yTrue: Tensor, yPred: Tensor): Tensor =>
    meanOfRow(yPred.sub(yTrue).abs().div(yTrue.abs().maximum(SMALLEST_LABEL)));
  const { name = 'meanAbsolutePercentageError' } = options;
  return withOrigin('meanAbsolutePercentageError', options, meanMetric(name, relative));
}

/** Values of one position of an output [batch, ...]. */
const valuesOf = (outputShape: Shape): number => (outputShape.length > 1 ? outputShape.at(-1)! : 1);

/**
 * Coefficient of determination, the mean over outputs (the last axis). Labels and predictions of the pass are kept, 8 bytes a
 * value: sums of squares would cancel for labels far from 0. See `metrics.r2`.
 *
 * @example model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: [r2()] })
 */
export function r2(options: MetricOptions = {}): Metric {
  checkOptions('r2', options, ['name']);
  return withOrigin('r2', options, {
    name: options.name ?? 'r2',
    rowKind: 'values',
    rows(yTrue, yPred, weights, mask) {
      const batch = yPred.shape[0]!;
      const outputs = valuesOf(yPred.shape);
      const positions = yPred.rank > 1 ? yPred.shape.slice(0, -1) : yPred.shape;
      const weight = positionWeights(positions, weights, mask) ?? yPred.graph.constant(1).broadcastTo(positions);
      const columns = [yPred, yTrue].map((values) => values.reshape([-1, outputs]));
      return columns[0]!.concat([columns[1]!, weight.reshape([-1, 1])]).reshape([batch, -1]);
    },
    resultOfRows(rows, outputShape) {
      const outputs = valuesOf(outputShape);
      const width = 2 * outputs + 1;
      const column = (begin: number, size: number): Float64Array =>
        Float64Array.from({ length: (rows.length / width) * size }, (_, i) => {
          return rows[Math.floor(i / size) * width + begin + (i % size)]!;
        });
      return functions.r2(column(outputs, outputs), column(0, outputs), {
        outputs,
        sampleWeight: column(2 * outputs, 1),
      });
    },
  });
}
