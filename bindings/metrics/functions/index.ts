// Figures of labels and predictions that lie in arrays, in float64: the namespace `metrics` of the library.

export type { WeightedOptions } from './arguments.js';
export {
  expectedCalibrationError,
  type Calibration,
  type CalibrationOptions,
  type ReliabilityBin,
} from './calibration.js';
export type { ClassOptions } from './classCounts.js';
export {
  averagePrecision,
  prAuc,
  precisionRecallCurve,
  rocAuc,
  rocCurve,
  type PrecisionRecallCurve,
  type RocCurve,
} from './curves.js';
export { accuracy, balancedAccuracy, cohenKappa, confusionMatrix, matthewsCorrelation } from './labels.js';
export {
  classificationReport,
  f1,
  precision,
  recall,
  type Average,
  type AverageOptions,
  type ClassReport,
} from './precisionRecall.js';
export { brierScore, logLoss, topKAccuracy } from './probabilities.js';
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  r2,
  rootMeanSquaredError,
  type RegressionOptions,
} from './regression.js';
