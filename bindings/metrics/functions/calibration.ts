import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { readWeights, type WeightedOptions } from './arguments.js';
import { readProbabilities } from './probabilities.js';

export interface CalibrationOptions extends WeightedOptions {
  /** Bins of equal width over [0, 1]; 10 by default. */
  bins?: number;
}

/** One bar of a reliability diagram: of the samples whose confidence lies in (low, high]; the first holds 0 too. */
export interface ReliabilityBin {
  low: number;
  high: number;
  /** Weight of its samples. */
  weight: number;
  /** Mean confidence, and how often it was right. NaN of an empty bin. */
  confidence: number;
  accuracy: number;
}

export interface Calibration {
  /** Weighted mean over bins of |accuracy - confidence|, in [0, 1]. */
  error: number;
  bins: ReliabilityBin[];
}

/**
 * Expected calibration error with the table of its reliability diagram. For one probability a sample, its confidence in class 1
 * against how often it is class 1; for rows, the largest probability against how often that class is right.
 * Guo et al., "On calibration of modern neural networks", 2017.
 *
 * @throws DataError, ShapeError or OptionError for labels, probabilities, lengths or options that do not fit.
 * @example metrics.expectedCalibrationError([0, 1, 1], [0.1, 0.8, 0.9], { bins: 5 }).error // 0.133
 */
export function expectedCalibrationError(
  yTrue: ArrayLike<number>,
  yProb: ArrayLike<number>,
  options: CalibrationOptions = {},
): Calibration {
  const where = 'expectedCalibrationError';
  checkOptions(where, options, ['bins', 'sampleWeight']);
  const { bins: count = 10, sampleWeight } = options;
  checkNumber(where, 'bins', count, { minimum: 1, integer: true });
  const weights = readWeights(where, yTrue.length, sampleWeight);
  const { classes, of } = readProbabilities(where, yTrue, yProb);
  const isBinary = yProb.length === yTrue.length;
  const [mass, confident, right] = [0, 1, 2].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < yTrue.length; i++) {
    let best = isBinary ? 1 : 0;
    for (let c = 1; c < classes && !isBinary; c++) if (of(i, c) > of(i, best)) best = c;
    const confidence = of(i, best);
    const bin = Math.min(Math.max(Math.ceil(confidence * count) - 1, 0), count - 1);
    mass[bin]! += weights.of(i);
    confident[bin]! += weights.of(i) * confidence;
    if (yTrue[i] === best) right[bin]! += weights.of(i);
  }
  let error = 0;
  for (let bin = 0; bin < count; bin++) error += Math.abs(right[bin]! - confident[bin]!);
  return {
    error: error / weights.total,
    bins: Array.from({ length: count }, (_, bin) => ({
      low: bin / count,
      high: (bin + 1) / count,
      weight: mass[bin]!,
      confidence: confident[bin]! / mass[bin]!,
      accuracy: right[bin]! / mass[bin]!,
    })),
  };
}
