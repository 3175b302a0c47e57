import { DataError, OptionError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { sammeStage } from './adaBoost.js';
import { buildMember, checkBuilder, resolveEnsemble, type BuilderOptions, type EnsembleOptions } from './builders.js';
import { decide, Ensemble, type FitContext } from './ensemble.js';
import type { Estimator } from './estimator.js';
import { classesOf } from './samples.js';

export interface AdaBoostOptions extends EnsembleOptions, BuilderOptions {
  /** Stages at most; 50 by default. */
  estimators?: number;
  /** What each stage's vote is multiplied by; 1 by default. */
  learningRate?: number;
}

/**
 * AdaBoost (SAMME) for two classes or more: each stage is fitted with larger weights on the samples that the last one missed, and
 * votes with a weight that grows with its accuracy. Ends early at a stage without misses, and before one that is no
 * better than guessing. Zhu, Zou, Rosset & Hastie, "Multi-class AdaBoost", 2009.
 *
 * Members get the weights as `sampleWeight`, with a mean of 1.
 *
 * @throws OptionError for options that can't be; DataError if even the first stage is no better than guessing.
 * @example
 * const boosted = adaBoost({ task: 'classification', estimators: 100, build: () => decisionTree({ maxDepth: 1 }) });
 * await boosted.fit(x, y);
 */
export function adaBoost(options: AdaBoostOptions): Ensemble {
  const where = 'adaBoost';
  const { task, fit, seed } = resolveEnsemble(where, options, ['build', 'estimators', 'learningRate']);
  const { build, estimators = 50, learningRate = 1 } = options;
  if (task !== 'classification') {
    throw new OptionError(`${where}: task must be 'classification'. For values use gradientBoosting.`);
  }
  checkBuilder(where, 'build', build);
  checkNumber(where, 'estimators', estimators, { minimum: 1, integer: true });
  checkNumber(where, 'learningRate', learningRate, { above: 0 });
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const { x, y, signal } = context;
      const classes = classesOf(y);
      const members: Estimator[] = [];
      const alphas: number[] = [];
      let weights = new Float64Array(x.count).fill(1 / x.count);
      for (let i = 0; i < estimators; i++) {
        const member = buildMember(context, build, i, fit);
        await member.fit(x, y, { signal, sampleWeight: Float32Array.from(weights, (weight) => weight * x.count) });
        const predictions = decide(await member.predict(x, signal));
        const stage = sammeStage(weights, y.data, predictions, { classes, learningRate });
        if (stage.error >= 1 - 1 / classes) {
          if (i > 0) break;
          throw new DataError(
            `${where}: the first stage misses ${(100 * stage.error).toFixed(1)} % of ${classes} classes: no better than guessing. ` +
              'Train it longer, or build a stronger one.',
          );
        }
        members.push(member);
        alphas.push(stage.alpha);
        weights = Float64Array.from(stage.sampleWeights);
        context.progress(estimators);
        if (stage.error === 0) break;
      }
      return { members, combination: { kind: 'samme', alphas } };
    },
  });
}
