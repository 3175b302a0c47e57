import { kFold, stratifiedKFold, type Fold } from '../data/splits/folds.js';
import { checkFlag, checkNumber } from '../runtime/suggest.js';
import { buildMember, checkBuilder, resolveEnsemble } from './builders.js';
import { Ensemble, sideBySide, type FitContext } from './ensemble.js';
import { widen, type EstimatedValues, type Estimator, type EstimatorBuilder } from './estimator.js';
import {
  checkSources,
  fitMembers,
  MEMBER_OPTIONS,
  resolvePlace,
  type MemberFit,
  type MemberOptions,
  type MemberSource,
} from './fitMembers.js';

export interface StackingOptions extends MemberOptions {
  /** A builder for each base estimator; with an executor, the address of a `memberTask` for each. */
  estimators: readonly MemberSource[];
  /**
   * Makes the meta-model, which is fitted on what the others predict. Its input has a value for each class (or output) of each.
   * It is fitted here, on any executor, with `fit` of these options.
   */
  meta: EstimatorBuilder;
  /** Whether the meta-model sees the samples, too; false by default. */
  passThrough?: boolean;
  /** Folds of the predictions that the meta-model learns from; 5 by default. */
  folds?: number;
}

/**
 * Stacking: a meta-model learns how to weigh what the others predict. It learns from out-of-fold predictions, each made by an estimator
 * that has not seen the sample; then every base estimator is fitted on all samples. Wolpert, "Stacked generalization", 1992.
 *
 * Classes are spread evenly over the folds; values go into folds at random. Fits each base estimator `folds + 1` times.
 *
 * @throws OptionError for options that can't be; `fit` throws a MemberError for a fit that an executor could not do.
 * @example
 * const stacked = stacking({
 *   task: 'classification',
 *   estimators: [makeMlp, () => decisionTree({ maxDepth: 6 })],
 *   meta: (seed) => compiled(sequential([dense(10)], { seed })),
 *   fit: { epochs: 20 },
 * });
 */
export function stacking(options: StackingOptions): Ensemble {
  const where = 'stacking';
  const own = ['estimators', 'meta', 'passThrough', 'folds', ...MEMBER_OPTIONS];
  const { task, fit, seed } = resolveEnsemble(where, options, own);
  const { estimators, meta, passThrough = false, folds = 5 } = options;
  // The meta-model is fitted with `fit`, wherever the others are.
  const place = resolvePlace(where, options, fit, false);
  const sources = checkSources(where, estimators, place);
  checkBuilder(where, 'meta', meta);
  checkFlag(where, 'passThrough', passThrough);
  checkNumber(where, 'folds', folds, { minimum: 2, integer: true });
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const { x, y, signal } = context;
      const how = { folds, shuffle: true, seed };
      const parts = task === 'classification' ? stratifiedKFold(y.data, how) : kFold(x.count, how);
      const count = sources.length * (folds + 1);
      const honest: EstimatedValues[] = [];
      const members: Estimator[] = [];
      await fitMembers(context, place, {
        ...{ count, total: count + 1 },
        fitOf: (number) => fitOfStack(sources, parts, number),
        take({ member, predicted }, { index, test }) {
          if (member) members.push(member);
          else honest[index] = placed(honest[index], predicted!, test!, x.count);
        },
      });
      const top = buildMember(context, meta, sources.length, fit);
      await top.fit(sideBySide(honest, x, passThrough), y, { signal });
      context.progress(count + 1);
      return { members: [...members, top], combination: { kind: 'stacked', passThrough } };
    },
  });
}

/** Each base estimator is fitted without each fold, then on all samples. */
function fitOfStack(sources: readonly MemberSource[], folds: readonly Fold[], number: number): MemberFit {
  const [index, fold] = [Math.floor(number / (folds.length + 1)), number % (folds.length + 1)];
  const source = sources[index]!;
  const held = folds[fold];
  if (!held) return { index, source };
  return { index, source, fold, ...held };
}

/** Predictions of all samples, with those of a fold in their places. A fold may lack a class that another one has. */
function placed(
  all: EstimatedValues | undefined,
  { data, columns }: EstimatedValues,
  rows: Int32Array,
  count: number,
): EstimatedValues {
  const predicted = widen(all ?? { data: new Float64Array(count * columns), columns }, columns);
  rows.forEach((row, i) => predicted.data.set(data.subarray(i * columns, (i + 1) * columns), row * predicted.columns));
  return predicted;
}
