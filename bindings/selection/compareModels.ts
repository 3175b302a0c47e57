import type { Fold } from '../data/splits/folds.js';
import { resolveMode, type MonitorMode } from '../model/callbacks/monitor.js';
import { DataError } from '../runtime/errors.js';
import { momentsOf } from '../runtime/moments.js';
import { checkNumber, checkOptions, unknownName } from '../runtime/suggest.js';
import type { CrossValidation } from './crossValidate.js';
import { correctedError, testShare } from './scores.js';
import { studentQuantile, studentTwoSided } from './studentT.js';

export interface CompareModelsOptions {
  /** Figure to compare. */
  metric: string;
  /** Whether it is to rise; `auto` goes by its name. */
  mode?: MonitorMode;
  /** 0.95 by default. */
  confidence?: number;
}

export interface ModelComparison {
  metric: string;
  /** Mean of first minus second, fold by fold. */
  difference: number;
  /** Its confidence interval. */
  interval: [low: number, high: number];
  /** t of the corrected resampled test, with so many degrees of freedom. */
  statistic: number;
  freedom: number;
  /** How likely so large a difference is, in either direction, of models that are equally good. */
  pValue: number;
  /** Which one is better, if the interval lies on one side of 0. */
  better: 'first' | 'second' | 'undecided';
}

const WHERE = 'compareModels';

/**
 * The corrected resampled t-test: are two models, cross-validated on the same folds, different?
 *
 * t = mean(d) / sqrt((1/k + n_test/n_train) var(d)) with k - 1 degrees of freedom, d the differences of the k folds. The plain
 * paired t-test leaves the second term out, and calls differences real far too often, since training parts overlap.
 * Nadeau & Bengio 2003, "Inference for the generalization error", Machine Learning 52.
 *
 * Use repeated folds (`repeatedKFold`, 10 by 10): of five folds the test finds large differences only.
 *
 * @throws DataError for other folds or figures that are not finite. @throws OptionError for an unknown metric.
 * @example
 * const folds = repeatedKFold(x.length, { folds: 10, repeats: 10 });
 * const [wide, deep] = [await crossValidate(buildWide, data, { folds }), await crossValidate(buildDeep, data, { folds })];
 * compareModels(wide, deep, { metric: 'accuracy' }).pValue;
 */
export function compareModels(
  first: CrossValidation,
  second: CrossValidation,
  options: CompareModelsOptions,
): ModelComparison {
  checkOptions(WHERE, options, ['metric', 'mode', 'confidence']);
  const { metric, mode = 'auto', confidence = 0.95 } = options;
  checkNumber(WHERE, 'confidence', confidence, { above: 0, below: 1 });
  const direction = resolveMode(WHERE, metric, mode);
  checkFolds(first.folds, second.folds);
  const [a, b] = [first, second].map(({ test }) => {
    const values = test[metric]?.values ?? unknownName(WHERE, 'metric', metric, Object.keys(test));
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new DataError(`${WHERE}: ${metric} of fold ${at} is ${values[at]}. Only finite figures compare.`);
    return values;
  }) as [number[], number[]];
  const { mean, spread } = momentsOf(a.map((value, i) => value - b[i]!));
  const freedom = a.length - 1;
  const error = correctedError(spread, a.length, testShare(first.folds));
  const statistic = mean === 0 ? 0 : mean / error;
  const half = error === 0 ? 0 : studentQuantile(confidence, freedom) * error;
  const isDecided = Math.abs(mean) > half;
  const isFirst = direction === 'max' ? mean > 0 : mean < 0;
  return {
    metric,
    difference: mean,
    interval: [mean - half, mean + half],
    statistic,
    freedom,
    pValue: studentTwoSided(statistic, freedom),
    better: isDecided ? (isFirst ? 'first' : 'second') : 'undecided',
  };
}

function checkFolds(first: readonly Fold[], second: readonly Fold[]): void {
  const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i]);
  const isSame =
    first.length === second.length &&
    first.every(({ train, test }, i) => same(train, second[i]!.train) && same(test, second[i]!.test));
  if (!isSame) throw new DataError(`${WHERE}: the folds differ. Make them once and give them to both.`);
  if (first.length < 2) throw new DataError(`${WHERE}: one fold says nothing about chance. Use more.`);
}
