// Metrics of class numbers. A batch gives three sums for each class (functions/classCounts.ts), added up in float64: counts are
// exact below 2^24 samples a batch.

import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import { oneHot } from '../losses/probability.js';
import { checkOptions } from '../runtime/suggest.js';
import { checkThreshold, decide, type DecisionOptions } from './decisions.js';
import { balancedAccuracyOf, cohenKappaOf, matthewsCorrelationOf, type ClassCounts } from './functions/classCounts.js';
import {
  averageOf,
  checkAverage,
  f1Figure,
  precisionFigure,
  recallFigure,
  type AverageOptions,
  type ClassFigure,
} from './functions/precisionRecall.js';
import { positionWeights, withOrigin, type MetricOfLoss, type MetricOptions, type SumMetric } from './metric.js';

export interface CountingOptions extends MetricOptions, DecisionOptions {}
export interface AveragedOptions extends CountingOptions, AverageOptions {}

function countingMetric(name: string, figure: (counts: ClassCounts) => number, options: DecisionOptions) {
  return (loss: Loss): SumMetric => ({
    name,
    sums(yTrue, yPred, weights, mask) {
      const { truth, predicted, classes, shape } = decide(loss, yTrue, yPred, options);
      const rows = (classNumbers: Tensor): Tensor => oneHot(classNumbers.reshape([truth.size]), classes);
      const counted = positionWeights(shape, weights, mask)?.reshape([truth.size, 1]);
      const weigh = (indicators: Tensor): Tensor => (counted ? indicators.mul(counted) : indicators).sum({ axis: 0 });
      const [ofTruth, ofPrediction] = [rows(truth), rows(predicted)];
      return weigh(ofTruth.mul(ofPrediction)).concat([weigh(ofTruth), weigh(ofPrediction)]);
    },
    result(sums) {
      const classes = sums.length / 3;
      const [truePositives, support, predictions] = [0, 1, 2].map((i) => sums.subarray(i * classes, (i + 1) * classes));
      return figure({ truePositives: truePositives!, support: support!, predicted: predictions! });
    },
  });
}

function counting(kind: string, figure: (counts: ClassCounts) => number) {
  return (options: CountingOptions = {}): MetricOfLoss => {
    checkOptions(kind, options, ['name', 'threshold']);
    checkThreshold(kind, options);
    const { name = kind } = options;
    return withOrigin(kind, options, { name, forLoss: countingMetric(name, figure, options) });
  };
}

function averaged(kind: string, figure: ClassFigure) {
  return (options: AveragedOptions = {}): MetricOfLoss => {
    checkOptions(kind, options, ['name', 'threshold', 'average', 'positiveClass']);
    checkThreshold(kind, options);
    checkAverage(kind, options);
    const { name = kind } = options;
    const figureOf = (counts: ClassCounts): number => averageOf(kind, counts, figure, options);
    return withOrigin(kind, options, { name, forLoss: countingMetric(name, figureOf, options) });
  };
}

/**
 * Share of the predictions of a class that are right; 0 if there are none. Of class 1 for two classes, the mean over classes for
 * more, unless `average` says otherwise ('binary' with `positiveClass`, 'micro', 'macro', 'weighted').
 *
 * @throws OptionError for an unknown option; so do all metrics here.
 * @example model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: [precision({ threshold: 1 })] })
 */
export const precision = averaged('precision', precisionFigure);

/** Share of the samples of a class that are found; 0 if there are none. Options as for `precision`. @example recall() */
export const recall = averaged('recall', recallFigure);

/** Harmonic mean of precision and recall. Options as for `precision`. @example f1({ average: 'weighted' }) */
export const f1 = averaged('f1', f1Figure);

/** Mean recall of the classes that occur. @example balancedAccuracy() */
export const balancedAccuracy = counting('balancedAccuracy', balancedAccuracyOf);

/** Cohen's kappa: (accuracy - chance) / (1 - chance); NaN where chance is 1. @example cohenKappa() */
export const cohenKappa = counting('cohenKappa', cohenKappaOf);

/** Matthews' correlation coefficient; 0 where labels or predictions are constant. @example matthewsCorrelation() */
export const matthewsCorrelation = counting('matthewsCorrelation', matthewsCorrelationOf);
