// Metrics that need every prediction of a pass: its labels and scores are kept and handed to the functions of arrays at the end.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { decide, probabilities, taskOf } from './decisions.js';
import * as calibration from './functions/calibration.js';
import * as curves from './functions/curves.js';
import type { WeightedOptions } from './functions/arguments.js';
import { positionWeights, withOrigin, type MetricOfLoss, type MetricOptions, type RowMetric } from './metric.js';

type Figure = (yTrue: ArrayLike<number>, scores: ArrayLike<number>, options: WeightedOptions) => number;

/** Rows of [scores or probabilities, class number, weight] for each position. Yes/no values are positions of their own. */
function scoreRows(loss: Loss, isRank: boolean, [yTrue, yPred, weights, mask]: Parameters<RowMetric['rows']>): Tensor {
  const { truth, shape } = decide(loss, yTrue, yPred);
  const isBinary = taskOf(loss, yPred.shape) === 'binary';
  // Equal probabilities may come of different logits: yes/no values are ranked by their scores themselves.
  const scores = isRank && isBinary ? yPred : probabilities(loss, yPred);
  const width = scoresOf(loss, yPred.shape);
  const weight = positionWeights(shape, weights, mask) ?? yPred.graph.constant(1).broadcastTo(shape);
  const column = (values: Tensor): Tensor => values.reshape([truth.size, 1]);
  const rows = scores.reshape([truth.size, width]).concat([column(truth), column(weight)]);
  return rows.reshape([yPred.shape[0]!, -1]);
}

/** Scores of one position of an output [batch, ...]. */
const scoresOf = (loss: Loss, outputShape: Shape): number =>
  taskOf(loss, outputShape) === 'binary' ? 1 : outputShape.at(-1)!;

/** Splits rows into what the functions take; what weighs nothing is left out. */
function resultOf(rows: Float32Array, width: number, figure: Figure): number {
  const stride = width + 2;
  const counted = Array.from({ length: rows.length / stride }, (_, i) => i * stride).filter(
    (begin) => rows[begin + width + 1]! > 0,
  );
  if (counted.length === 0) return NaN;
  const column = (at: number): Float64Array => Float64Array.from(counted, (begin) => rows[begin + at]!);
  const scores = new Float64Array(counted.length * width);
  counted.forEach((begin, i) => scores.set(rows.subarray(begin, begin + width), i * width));
  return figure(column(width), scores, { sampleWeight: column(width + 1) });
}

function scoreMetric(name: string, isRank: boolean, figure: Figure): MetricOfLoss {
  return {
    name,
    forLoss: (loss) => ({
      name,
      rowKind: isRank ? 'scores' : 'probabilities',
      rows: (...batch) => scoreRows(loss, isRank, batch),
      resultOfRows: (rows, outputShape) => resultOf(rows, scoresOf(loss, outputShape), figure),
    }),
  };
}

function rankMetric(kind: string, figure: Figure) {
  return (options: MetricOptions = {}): MetricOfLoss => {
    checkOptions(kind, options, ['name']);
    return withOrigin(kind, options, scoreMetric(options.name ?? kind, true, figure));
  };
}

/**
 * Area under the ROC curve, exact: from all scores of the pass, 12 bytes each. For classes, the mean over classes of each against
 * the rest. NaN where a class does not occur. See `metrics.rocAuc`.
 *
 * @throws OptionError for an unknown option; so do all metrics here.
 * @example model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: [rocAuc()] })
 */
export const rocAuc = rankMetric('rocAuc', curves.rocAuc);

/** Average precision of yes/no values; NaN without positives. See `metrics.averagePrecision`. @example averagePrecision() */
export const averagePrecision = rankMetric('averagePrecision', curves.averagePrecision);

/** Area under the precision-recall curve of yes/no values, by trapezoids. See `metrics.prAuc`. @example prAuc() */
export const prAuc = rankMetric('prAuc', curves.prAuc);

/** Expected calibration error of probabilities, over 10 bins unless given. @example expectedCalibrationError({ bins: 15 }) */
export function expectedCalibrationError(options: MetricOptions & { bins?: number } = {}): MetricOfLoss {
  const kind = 'expectedCalibrationError';
  checkOptions(kind, options, ['name', 'bins']);
  const { name = kind, bins = 10 } = options;
  checkNumber(kind, 'bins', bins, { minimum: 1, integer: true });
  const figure: Figure = (yTrue, yProb, weighted) =>
    calibration.expectedCalibrationError(yTrue, yProb, { bins, ...weighted }).error;
  return withOrigin(kind, options, scoreMetric(name, false, figure));
}
