// An ensemble is a model: it fits, predicts, is evaluated, saved and disposed of. What makes ensembles differ is a strategy: how
// members are fitted, and how what they predict becomes one.

import type { ArrayData } from '../data/arrays.js';
import { argMaxRows } from '../data/matrix.js';
import { Prediction } from '../model/prediction.js';
import type { ModelFile } from '../model/saving/save.js';
import { StateError } from '../runtime/errors.js';
import { RandomSequence } from '../runtime/random.js';
import { checkOptions } from '../runtime/suggest.js';
import { combine, type Combination } from './combination.js';
import type { EstimatedValues, Estimator } from './estimator.js';
import { evaluateEnsemble, type EnsembleReport } from './evaluateEnsemble.js';
import { writeEnsemble } from './writeEnsemble.js';
import { samplesOf, targetsOf, type EnsembleTask, type Samples, type Targets } from './samples.js';

export interface EnsembleFitOptions {
  /** Stops between and within members: `fit` rejects with the signal's reason, and the ensemble is as it was before. */
  signal?: AbortSignal;
  /** Called when a member is fitted, with how many are and will be. On an executor they end in any order. */
  onMember?: (fitted: number, members: number) => void;
}

/** What a strategy is given. */
export interface FitContext {
  where: string;
  task: EnsembleTask;
  x: Samples;
  y: Targets;
  signal: AbortSignal | undefined;
  /** Seed of a member; a sequence of draws of the ensemble's own. */
  seedOf(index: number): number;
  random: RandomSequence;
  /** Remembers a member, which is disposed of if fitting fails. */
  add<E extends Estimator>(estimator: E): E;
  /** Tells that one more is fitted of so many, and throws if the signal was given. */
  progress(members: number): void;
}

/** What the samples say that a member was not fitted on. */
export interface OutOfBag {
  /** Accuracy, or the mean squared error, over samples that at least one member left out. */
  score: number;
  /** Share of such samples. */
  covered: number;
  /** Mean prediction of the members that left a sample out, [samples, columns]; NaN where there is none. */
  predictions: Float64Array;
}

/** Members that were fitted. */
export interface FittedEnsemble {
  members: readonly Estimator[];
  combination: Combination;
  outOfBag?: OutOfBag;
  /** Of each stage, where stages have one: the loss on the training data. */
  trainingLoss?: readonly number[];
}

export interface Strategy {
  readonly kind: string;
  readonly task: EnsembleTask;
  readonly seed: number;
  fit(context: FitContext): Promise<FittedEnsemble>;
}

/** A fitted ensemble with the size of its samples. */
export interface FittedState extends FittedEnsemble {
  sampleSize: number;
}

/** Several estimators that answer as one. Made by `voting`, `bagging`, `adaBoost`, `gradientBoosting`, `stacking`, `snapshotEnsemble`. */
export class Ensemble implements Disposable {
  /** @internal */
  constructor(
    readonly kind: string,
    readonly task: EnsembleTask,
    private readonly strategy: Strategy | undefined,
    private fitted?: FittedState,
  ) {}

  /**
   * Fits the members, one after another or on the executor, and lets those of an earlier fit go.
   *
   * @param y Class numbers, or values.
   * @throws DataError, ShapeError for data that do not fit; what a member's fit throws, on an executor as the cause of a MemberError.
   * The ensemble is then as before.
   * @example await forest.fit(x, y, { onMember: (fitted, members) => console.log(`${fitted} of ${members}`) });
   */
  async fit(x: ArrayData, y: ArrayData, options: EnsembleFitOptions = {}): Promise<this> {
    const where = this.kind;
    checkOptions(`${where}.fit`, options, ['signal', 'onMember']);
    const { strategy } = this;
    if (!strategy) throw new StateError(`${where}.fit: a loaded ensemble has no builder. Make a new one to fit it.`);
    const targets = targetsOf(where, this.task, y);
    const samples = samplesOf(where, x, { count: targets.count });
    const added: Estimator[] = [];
    let fitted = 0;
    const seeds = new RandomSequence(strategy.seed, SEED_STREAM);
    const memberSeeds: number[] = [];
    try {
      const state = await strategy.fit({
        ...{ where, task: this.task, x: samples, y: targets, signal: options.signal },
        random: new RandomSequence(strategy.seed, DRAW_STREAM),
        seedOf(index) {
          while (memberSeeds.length <= index) memberSeeds.push(seeds.word());
          return memberSeeds[index]!;
        },
        add(estimator) {
          added.push(estimator);
          return estimator;
        },
        progress(members) {
          options.onMember?.(++fitted, members);
          options.signal?.throwIfAborted();
        },
      });
      for (const estimator of added) if (!state.members.includes(estimator)) estimator.dispose();
      this.dispose();
      this.fitted = { ...state, sampleSize: samples.size };
    } catch (error) {
      for (const estimator of added) estimator.dispose();
      throw error;
    }
    return this;
  }

  /**
   * Probabilities [samples, classes], or values [samples, outputs].
   *
   * @throws StateError before `fit`; ShapeError for samples of another size.
   * @example const classes = (await forest.predict(x)).argMax();
   */
  async predict(x: ArrayData, options: { signal?: AbortSignal } = {}): Promise<Prediction> {
    checkOptions(`${this.kind}.predict`, options, ['signal']);
    const { combined } = await this.predictMembers(x, options.signal);
    const { data, columns } = combined;
    return new Prediction(Float32Array.from(data), [data.length / columns, columns]);
  }

  /**
   * Scores of the ensemble and of each member, how much the members differ, and how well probabilities are calibrated.
   *
   * @example const { accuracy, members, diversity } = await forest.evaluate(xTest, yTest);
   */
  async evaluate(x: ArrayData, y: ArrayData): Promise<EnsembleReport> {
    const targets = targetsOf(`${this.kind}.evaluate`, this.task, y);
    const { combined, members } = await this.predictMembers(x, undefined, targets.count);
    // Members of a sum of scores, and a meta-model, do not answer by themselves.
    const { kind } = this.state.combination;
    const answering = kind === 'additive' ? [] : kind === 'stacked' ? members.slice(0, -1) : members;
    return evaluateEnsemble(this.task, targets, combined, answering);
  }

  /**
   * The fitted ensemble as the bytes of one file, for `loadEnsemble`. It comes back to predict and to be evaluated; to fit again it
   * needs its builders.
   *
   * @throws StateError before `fit`; what `save` of a member throws.
   * @example await store.save('forest', await forest.save());
   */
  async save(): Promise<ModelFile> {
    return writeEnsemble(this.kind, this.task, this.state);
  }

  /** What the samples say that members left out, where the ensemble draws samples for each member. */
  get outOfBag(): OutOfBag | undefined {
    return this.state.outOfBag;
  }

  /** Loss on the training data after each stage of boosting. */
  get trainingLoss(): readonly number[] | undefined {
    return this.state.trainingLoss;
  }

  /** The fitted members, in their order. */
  get members(): readonly Estimator[] {
    return this.state.members;
  }

  /** How the members' predictions become one. */
  get combination(): Combination {
    return this.state.combination;
  }

  /** Frees the members. The ensemble may be fitted again. */
  dispose(): void {
    this.fitted?.members.forEach((member) => member.dispose());
    this.fitted = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private get state(): FittedState {
    if (this.fitted) return this.fitted;
    throw new StateError(`${this.kind}: not fitted yet. Await fit(x, y) first.`);
  }

  private async predictMembers(x: ArrayData, signal?: AbortSignal, count?: number) {
    const { members, combination, sampleSize } = this.state;
    const samples = samplesOf(this.kind, x, { size: sampleSize, ...(count !== undefined && { count }) });
    const values: EstimatedValues[] = [];
    if (combination.kind !== 'stacked') {
      for (const member of members) values.push(await member.predict(samples, signal));
      return { members: values, combined: combine(values, combination) };
    }
    for (const member of members.slice(0, -1)) values.push(await member.predict(samples, signal));
    const combined = await members.at(-1)!.predict(sideBySide(values, samples, combination.passThrough), signal);
    return { members: [...values, combined], combined };
  }
}

const SEED_STREAM = 1;
const DRAW_STREAM = 2;

/** What a meta-model sees: the members' predictions of a sample in one row, and behind them the sample if that is wanted. */
export function sideBySide(members: readonly EstimatedValues[], x: Samples, passThrough: boolean): Samples {
  const width = members.reduce((sum, { columns }) => sum + columns, 0) + (passThrough ? x.size : 0);
  const data = new Float32Array(x.count * width);
  for (let row = 0; row < x.count; row++) {
    let at = row * width;
    for (const { data: values, columns } of members) {
      data.set(values.subarray(row * columns, (row + 1) * columns), at);
      at += columns;
    }
    if (passThrough) data.set(x.data.subarray(row * x.size, (row + 1) * x.size), at);
  }
  return { data, count: x.count, size: width, sampleShape: [width] };
}

/** Class numbers of probabilities. */
export const decide = ({ data, columns }: EstimatedValues): Int32Array => argMaxRows(data, columns);
