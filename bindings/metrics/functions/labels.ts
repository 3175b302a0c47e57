// Figures of class numbers against class numbers.

import { checkOptions } from '../../runtime/suggest.js';
import { checkLength, countOfClasses, readWeights } from './arguments.js';
import {
  accuracyOf,
  balancedAccuracyOf,
  classCounts,
  cohenKappaOf,
  matthewsCorrelationOf,
  type ClassOptions,
} from './classCounts.js';

/** Labels and predictions are class numbers 0 to classes - 1, one a sample. */
type Labels = ArrayLike<number>;

/**
 * matrix[t][p]: weight of the samples of class t that are said to be of class p.
 *
 * @throws DataError, ShapeError or OptionError for labels, lengths or options that do not fit; so do all functions here.
 * @example metrics.confusionMatrix([0, 1, 1], [0, 1, 0]) // [[1, 0], [1, 1]]
 */
export function confusionMatrix(yTrue: Labels, yPred: Labels, options: ClassOptions = {}): number[][] {
  const where = 'confusionMatrix';
  checkOptions(where, options, ['classes', 'sampleWeight']);
  checkLength(where, 'yPred', yPred, yTrue.length);
  const weights = readWeights(where, yTrue.length, options.sampleWeight);
  const classes = countOfClasses(where, options.classes, yTrue, yPred);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < yTrue.length; i++) matrix[yTrue[i]!]![yPred[i]!]! += weights.of(i);
  return matrix;
}

/** Share of samples that are right. @example metrics.accuracy([0, 1, 1], [0, 1, 0]) // 0.667 */
export const accuracy = (yTrue: Labels, yPred: Labels, options: ClassOptions = {}): number =>
  accuracyOf(classCounts('accuracy', yTrue, yPred, options));

/** Mean recall of the classes that occur in `yTrue`. @example metrics.balancedAccuracy([0, 1, 1], [0, 1, 0]) // 0.75 */
export const balancedAccuracy = (yTrue: Labels, yPred: Labels, options: ClassOptions = {}): number =>
  balancedAccuracyOf(classCounts('balancedAccuracy', yTrue, yPred, options));

/**
 * Cohen's kappa: (accuracy - chance) / (1 - chance). NaN where both sides are one and the same class.
 * Cohen, "A coefficient of agreement for nominal scales", 1960.
 *
 * @example metrics.cohenKappa([0, 1, 1], [0, 1, 0]) // 0.4
 */
export const cohenKappa = (yTrue: Labels, yPred: Labels, options: ClassOptions = {}): number =>
  cohenKappaOf(classCounts('cohenKappa', yTrue, yPred, options));

/**
 * Matthews' correlation coefficient, for any number of classes; 0 where one side is constant.
 * Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
 *
 * @example metrics.matthewsCorrelation([0, 1, 1], [0, 1, 0]) // 0.5
 */
export const matthewsCorrelation = (yTrue: Labels, yPred: Labels, options: ClassOptions = {}): number =>
  matthewsCorrelationOf(classCounts('matthewsCorrelation', yTrue, yPred, options));
