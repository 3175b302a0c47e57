// Figures of predicted quantities. Several outputs, [samples, outputs] row-major, are averaged with equal weights.

import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { checkFiniteValues, checkLength, readWeights, type WeightedOptions } from './arguments.js';

export interface RegressionOptions extends WeightedOptions {
  /** Values a sample; 1 by default. Needed only for `r2` and with weights. */
  outputs?: number;
}

/** The smallest number that |yTrue| is taken to be in a relative error: the spacing of float64 at 1. */
const SMALLEST_LABEL = 2 ** -52;

interface Samples {
  outputs: number;
  count: number;
  weight(sample: number): number;
  total: number;
}

function readSamples(
  where: string,
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: RegressionOptions,
): Samples {
  checkOptions(where, options, ['outputs', 'sampleWeight']);
  const { outputs = 1, sampleWeight } = options;
  checkLength(where, 'yPred', yPred, yTrue.length);
  checkNumber(where, 'outputs', outputs, { minimum: 1, integer: true });
  const count = Math.ceil(yTrue.length / outputs);
  checkLength(where, 'yTrue', yTrue, count * outputs);
  checkFiniteValues(where, 'label', yTrue);
  checkFiniteValues(where, 'prediction', yPred);
  const { of, total } = readWeights(where, count, sampleWeight);
  return { outputs, count, weight: of, total };
}

function meanOf(name: string, error: (truth: number, prediction: number) => number) {
  return (yTrue: ArrayLike<number>, yPred: ArrayLike<number>, options: RegressionOptions = {}): number => {
    const { outputs, weight, total } = readSamples(name, yTrue, yPred, options);
    let sum = 0;
    for (let i = 0; i < yTrue.length; i++) sum += weight(Math.floor(i / outputs)) * error(yTrue[i]!, yPred[i]!);
    return sum / (total * outputs);
  };
}

/** Mean of (yPred - yTrue)^2. @example metrics.meanSquaredError([1, 2], [1, 4]) // 2 */
export const meanSquaredError = meanOf('meanSquaredError', (truth, prediction) => (prediction - truth) ** 2);

/** Root of the mean of (yPred - yTrue)^2, in units of the labels. @example metrics.rootMeanSquaredError([1, 2], [1, 4]) // 1.41 */
export const rootMeanSquaredError = (
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: RegressionOptions = {},
): number => Math.sqrt(meanSquaredError(yTrue, yPred, options));

/** Mean of |yPred - yTrue|. @example metrics.meanAbsoluteError([1, 2], [1, 4]) // 1 */
export const meanAbsoluteError = meanOf('meanAbsoluteError', (truth, prediction) => Math.abs(prediction - truth));

/**
 * Mean of |yPred - yTrue| / |yTrue| as a fraction, not in percent (scikit-learn; Keras multiplies by 100). Labels of 0 are taken
 * to be 2^-52: the figure is then huge.
 *
 * @example metrics.meanAbsolutePercentageError([1, 2], [1, 4]) // 0.5
 */
export const meanAbsolutePercentageError = meanOf(
  'meanAbsolutePercentageError',
  (truth, prediction) => Math.abs(prediction - truth) / Math.max(Math.abs(truth), SMALLEST_LABEL),
);

/**
 * Coefficient of determination: 1 - sum (yTrue - yPred)^2 / sum (yTrue - mean)^2, the mean over outputs. Labels that are all
 * equal give 1 if the predictions are right and 0 if not, as in scikit-learn.
 *
 * @example metrics.r2([1, 2, 3], [1, 2, 4]) // 0.5
 */
export function r2(yTrue: ArrayLike<number>, yPred: ArrayLike<number>, options: RegressionOptions = {}): number {
  const { outputs, count, weight, total } = readSamples('r2', yTrue, yPred, options);
  let sum = 0;
  for (let output = 0; output < outputs; output++) {
    const at = (values: ArrayLike<number>, sample: number): number => values[sample * outputs + output]!;
    const sumOver = (term: (sample: number) => number): number => {
      let result = 0;
      for (let sample = 0; sample < count; sample++) result += weight(sample) * term(sample);
      return result;
    };
    // Shifted by the first label before the mean: labels far from 0 lose nothing.
    const shift = at(yTrue, 0);
    const mean = shift + sumOver((sample) => at(yTrue, sample) - shift) / total;
    const residual = sumOver((sample) => (at(yTrue, sample) - at(yPred, sample)) ** 2);
    const spread = sumOver((sample) => (at(yTrue, sample) - mean) ** 2);
    sum += spread > 0 ? 1 - residual / spread : Number(residual === 0);
  }
  return sum / outputs;
}
