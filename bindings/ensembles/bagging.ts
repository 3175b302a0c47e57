import { checkFlag, checkNumber } from '../runtime/suggest.js';
import { range } from '../data/splits/groups.js';
import type { RandomSequence } from '../runtime/random.js';
import { argMaxRows } from '../data/matrix.js';
import { buildMember, checkBuilder, resolveEnsemble, type BuilderOptions, type EnsembleOptions } from './builders.js';
import { Ensemble, type FitContext, type OutOfBag } from './ensemble.js';
import type { EstimatedValues, Estimator } from './estimator.js';
import { takeRows, type EnsembleTask, type Targets } from './samples.js';

export interface BaggingOptions extends EnsembleOptions, BuilderOptions {
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
 * @throws OptionError for options that can't be.
 * @example
 * const forest = bagging({ task: 'classification', estimators: 50, build: (seed) => decisionTree({ maxFeatures: 0.3, seed }) });
 * await forest.fit(x, y);
 * console.log(forest.outOfBag?.score);
 */
export function bagging(options: BaggingOptions): Ensemble {
  const where = 'bagging';
  const { task, fit, seed } = resolveEnsemble(where, options, ['build', 'estimators', 'maxSamples', 'bootstrap']);
  const { build, estimators = 10, maxSamples = 1, bootstrap = true } = options;
  checkBuilder(where, 'build', build);
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
      for (let i = 0; i < estimators; i++) {
        const rows = drawRows(random, x.count, count, bootstrap);
        const member = buildMember(context, build, i, fit);
        await member.fit(takeRows(x, rows), takeRows(y, rows), { signal: context.signal });
        members.push(member);
        const left = leftOut(rows, x.count);
        if (left.length > 0) bag.add(left, await member.predict(takeRows(x, left), context.signal));
        context.progress(estimators);
      }
      const outOfBag = bag.result(task, y);
      return {
        members,
        combination: { kind: 'average', weights: members.map(() => 1) },
        ...(outOfBag && { outOfBag }),
      };
    },
  });
}

function drawRows(random: RandomSequence, samples: number, count: number, bootstrap: boolean): number[] {
  if (bootstrap) return range(count).map(() => random.below(samples));
  return random
    .shuffled(range(samples))
    .slice(0, count)
    .sort((a, b) => a - b);
}

function leftOut(rows: readonly number[], samples: number): number[] {
  const drawn = new Uint8Array(samples);
  for (const row of rows) drawn[row] = 1;
  return range(samples).filter((row) => !drawn[row]);
}

/** Predictions of the members that left samples out, summed. */
class OutOfBagSum {
  private columns = 0;
  private sums = new Float64Array(0);
  private readonly votes: Int32Array;

  constructor(private readonly samples: number) {
    this.votes = new Int32Array(samples);
  }

  add(rows: readonly number[], { data, columns }: EstimatedValues): void {
    if (this.columns < columns) this.widen(columns);
    rows.forEach((row, i) => {
      this.votes[row]!++;
      for (let c = 0; c < columns; c++) this.sums[row * this.columns + c]! += data[i * columns + c]!;
    });
  }

  result(task: EnsembleTask, y: Targets): OutOfBag | undefined {
    const { columns, samples, votes } = this;
    const covered = range(samples).filter((row) => votes[row]! > 0);
    if (covered.length === 0) return undefined;
    const predictions = this.sums.map((sum, i) => sum / votes[Math.floor(i / columns)]!);
    const decided = argMaxRows(predictions, columns);
    const errorOf = (row: number): number =>
      task === 'classification'
        ? Number(decided[row] === y.data[row])
        : meanOver(columns, (c) => (predictions[row * columns + c]! - y.data[row * columns + c]!) ** 2);
    const score = covered.reduce((sum, row) => sum + errorOf(row), 0) / covered.length;
    return { score, covered: covered.length / samples, predictions };
  }

  /** A member may have seen fewer classes than another. */
  private widen(columns: number): void {
    const sums = new Float64Array(this.samples * columns);
    for (let row = 0; row < this.samples && this.columns > 0; row++) {
      sums.set(this.sums.subarray(row * this.columns, (row + 1) * this.columns), row * columns);
    }
    [this.sums, this.columns] = [sums, columns];
  }
}

const meanOver = (count: number, value: (index: number) => number): number =>
  range(count).reduce((sum, i) => sum + value(i), 0) / count;
