import { kFold, stratifiedKFold, type Fold } from '../data/splits/folds.js';
import { checkFlag, checkNumber } from '../runtime/suggest.js';
import { buildMember, checkBuilder, checkBuilders, resolveEnsemble, type EnsembleOptions } from './builders.js';
import { Ensemble, sideBySide, type FitContext } from './ensemble.js';
import type { EstimatedValues, Estimator, EstimatorBuilder } from './estimator.js';
import { takeRows } from './samples.js';

export interface StackingOptions extends EnsembleOptions {
  /** A builder for each base estimator. */
  estimators: readonly EstimatorBuilder[];
  /** Makes the meta-model, which is fitted on what the others predict. Its input has a value for each class (or output) of each. */
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
 * @throws OptionError for options that can't be.
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
  const own = ['estimators', 'meta', 'passThrough', 'folds'];
  const { task, fit, seed } = resolveEnsemble(where, options, own);
  const { estimators, meta, passThrough = false, folds = 5 } = options;
  const builders = checkBuilders(where, estimators);
  checkBuilder(where, 'meta', meta);
  checkFlag(where, 'passThrough', passThrough);
  checkNumber(where, 'folds', folds, { minimum: 2, integer: true });
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const { x, y, signal } = context;
      const how = { folds, shuffle: true, seed };
      const parts = task === 'classification' ? stratifiedKFold(y.data, how) : kFold(x.count, how);
      const fits = builders.length * (folds + 1) + 1;
      const honest: EstimatedValues[] = [];
      const members: Estimator[] = [];
      for (const [i, build] of builders.entries()) {
        honest.push(await predictOutOfFold(context, build, i, parts, fit, fits));
        const member = buildMember(context, build, i, fit);
        await member.fit(x, y, { signal });
        members.push(member);
        context.progress(fits);
      }
      const top = buildMember(context, meta, builders.length, fit);
      await top.fit(sideBySide(honest, x, passThrough), y, { signal });
      context.progress(fits);
      return { members: [...members, top], combination: { kind: 'stacked', passThrough } };
    },
  });
}

/** Predictions of all samples, each by an estimator that was fitted without its fold. */
async function predictOutOfFold(
  context: FitContext,
  build: EstimatorBuilder,
  index: number,
  folds: readonly Fold[],
  fit: EnsembleOptions['fit'] & object,
  fits: number,
): Promise<EstimatedValues> {
  const { x, y, signal } = context;
  let predicted: EstimatedValues | undefined;
  for (const { train, test } of folds) {
    const estimator = buildMember(context, build, index, fit);
    await estimator.fit(takeRows(x, train), takeRows(y, train), { signal });
    const { data, columns } = await estimator.predict(takeRows(x, test), signal);
    predicted ??= { data: new Float64Array(x.count * columns), columns };
    for (const [i, row] of test.entries()) {
      predicted.data.set(data.subarray(i * columns, (i + 1) * columns), row * predicted.columns);
    }
    estimator.dispose();
    context.progress(fits);
  }
  return predicted!;
}
