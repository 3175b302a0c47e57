import { checkFlag, checkNumber } from '../runtime/suggest.js';
import { drawDistinct, range } from '../data/splits/groups.js';
import { meanOver } from '../runtime/moments.js';
import type { RandomSequence } from '../runtime/random.js';
import { argMaxRows } from '../data/matrix.js';
import { resolveEnsemble } from './builders.js';
import { Ensemble, type FitContext, type OutOfBag } from './ensemble.js';
import { widen, type EstimatedValues, type Estimator } from './estimator.js';
import {
  checkSource,
  fitMembers,
  MEMBER_OPTIONS,
  resolvePlace,
  type MemberFit,
  type MemberOptions,
  type MemberSource,
} from './fitMembers.js';
import type { EnsembleTask, Targets } from './samples.js';

export interface BaggingOptions extends MemberOptions {
  /**
   * Makes a compiled model, or an estimator such as `decisionTree()`, for each member. Use the seed, or members are equal. With an
   * executor, the address of a `memberTask`.
   */
  build: MemberSource;
  /** Number of members; 10 by default. */
  estimators?: number;
  /** Samples that a member is given, as a share of all; 1 by default. */
  maxSamples?: number;
  /** Drawn with replacement, true by default; without, set `maxSamples` below 1. */
  bootstrap?: boolean;
}

/**
 * Bagging: each member is fitted on samples drawn anew, and their probabilities or values are averaged. With replacement a
 * member leaves out 37 % of the samples, and `outOfBag` says how well members do on samples that they left out: an estimate of the
 * error without a test set. Breiman, "Bagging predictors", 1996. Of trees with `maxFeatures` it is a random forest (Breiman 2001).
 *
 * @throws OptionError for options that can't be; `fit` throws a MemberError for a member that an executor could not fit.
 * @example
 * const forest = bagging({ task: 'classification', estimators: 50, build: (seed) => decisionTree({ maxFeatures: 0.3, seed }) });
 * await forest.fit(x, y);
 * console.log(forest.outOfBag?.score);
 */
export function bagging(options: BaggingOptions): Ensemble {
  const where = 'bagging';
  const own = ['build', 'estimators', 'maxSamples', 'bootstrap', ...MEMBER_OPTIONS];
  const { task, fit, seed } = resolveEnsemble(where, options, own);
  const { estimators = 10, maxSamples = 1, bootstrap = true } = options;
  const place = resolvePlace(where, options, fit);
  const source = checkSource(where, 'build', options.build, place);
  checkNumber(where, 'estimators', estimators, { minimum: 1, integer: true });
  checkNumber(where, 'maxSamples', maxSamples, { above: 0, maximum: 1 });
  checkFlag(where, 'bootstrap', bootstrap);
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const { x, y, random } = context;
      const count = Math.max(1, Math.round(maxSamples * x.count));
      const members: Estimator[] = [];
      const bag = new OutOfBagSum(y.count);
      await fitMembers<MemberFit>(context, place, {
        ...{ count: estimators, total: estimators },
        fitOf(index) {
          const train = drawRows(random, x.count, count, bootstrap);
          const left = leftOut(train, x.count);
          return { index, source, train, test: left.length > 0 ? left : undefined };
        },
        take({ member, predicted }, { test }) {
          members.push(member!);
          if (test) bag.add(test, predicted!);
        },
      });
      const outOfBag = bag.result(task, y);
      return {
        members,
        combination: { kind: 'average', weights: members.map(() => 1) },
        ...(outOfBag && { outOfBag }),
      };
    },
  });
}

function drawRows(random: RandomSequence, samples: number, count: number, bootstrap: boolean): Int32Array {
  if (bootstrap) return Int32Array.from({ length: count }, () => random.below(samples));
  return Int32Array.from(drawDistinct(random, samples, count));
}

function leftOut(rows: Int32Array, samples: number): Int32Array {
  const drawn = new Uint8Array(samples);
  for (const row of rows) drawn[row] = 1;
  return Int32Array.from(range(samples).filter((row) => !drawn[row]));
}

/** Predictions of the members that left samples out, summed. */
class OutOfBagSum {
  private sums: EstimatedValues | undefined;
  private readonly votes: Int32Array;

  constructor(private readonly samples: number) {
    this.votes = new Int32Array(samples);
  }

  add(rows: Int32Array, { data, columns }: EstimatedValues): void {
    // A member may have seen fewer classes than another.
    const sums = widen(this.sums ?? { data: new Float64Array(this.samples * columns), columns }, columns);
    this.sums = sums;
    rows.forEach((row, i) => {
      this.votes[row]!++;
      for (let c = 0; c < columns; c++) sums.data[row * sums.columns + c]! += data[i * columns + c]!;
    });
  }

  result(task: EnsembleTask, y: Targets): OutOfBag | undefined {
    const { sums, samples, votes } = this;
    if (!sums) return undefined;
    const { columns } = sums;
    const covered = range(samples).filter((row) => votes[row]! > 0);
    const predictions = sums.data.map((sum, i) => sum / votes[Math.floor(i / columns)]!);
    const decided = argMaxRows(predictions, columns);
    const errorOf = (row: number): number =>
      task === 'classification'
        ? Number(decided[row] === y.data[row])
        : meanOver(columns, (c) => (predictions[row * columns + c]! - y.data[row * columns + c]!) ** 2);
    const score = covered.reduce((sum, row) => sum + errorOf(row), 0) / covered.length;
    return { score, covered: covered.length / samples, predictions };
  }
}
