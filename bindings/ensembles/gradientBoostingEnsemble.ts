import { drawDistinct, range } from '../data/splits/groups.js';
import { logLoss } from '../metrics/functions/index.js';
import { DataError, OptionError } from '../runtime/errors.js';
import { log } from '../runtime/math.js';
import { checkNumber } from '../runtime/suggest.js';
import { buildMember, checkBuilder, resolveEnsemble, type EnsembleOptions } from './builders.js';
import { linkScores, type AdditiveCombination } from './combination.js';
import { Ensemble, type FitContext, type FittedEnsemble } from './ensemble.js';
import type { Estimator, EstimatorBuilder } from './estimator.js';
import { boostScores, logisticBoosting, squaredBoosting } from './gradientBoosting.js';
import { classesOf, takeRows, type Samples, type Targets } from './samples.js';
import { binSamples } from './tree/bins.js';
import { resolveTree, TreeEstimator, type DecisionTreeOptions, type TreeSettings } from './tree/decisionTree.js';
import { Grower } from './tree/growTree.js';
import { SplitFinder } from './tree/splitFinder.js';

export interface GradientBoostingOptions extends EnsembleOptions {
  /** Stages; 100 by default. A stage has a tree for each output, or for each class where there are more than two. */
  estimators?: number;
  /** What each stage's values are multiplied by; 0.1 by default. */
  learningRate?: number;
  /** Share of the samples, drawn anew, that each stage is fitted to; 1 by default. Friedman 2002. */
  subsample?: number;
  /** Of the trees: depth 3 by default. Not for other members. */
  tree?: Omit<DecisionTreeOptions, 'seed'>;
  /** Makes a compiled model for values (a regression) in place of trees. */
  build?: EstimatorBuilder;
}

/** What is boosted: where scores start, how they are read, and what the next stage is fitted to. */
interface Objective {
  start: number[];
  link: AdditiveCombination['link'];
  /** Of one score: what remains, and the second derivative of the loss, of each sample. */
  residuals(scores: readonly Float64Array[], output: number): { residuals: Float64Array; hessians: Float64Array };
  loss(scores: readonly Float64Array[]): number;
}

/**
 * Gradient boosting: each stage is fitted to what the stages before left over. Squared error for values; the logistic loss for two
 * classes, the multi-class one for more. Trees take Newton's step in each leaf: sum of residuals / (sum of second derivatives +
 * lambda), for K classes times (K - 1) / K. Friedman, "Greedy function approximation", 2001.
 *
 * @throws OptionError for options that can't be; DataError for labels of a single class.
 * @example
 * const boosted = gradientBoosting({ task: 'regression', estimators: 200, learningRate: 0.05, tree: { maxDepth: 4 } });
 * await boosted.fit(x, y);
 * console.log(boosted.trainingLoss?.at(-1));
 */
export function gradientBoosting(options: GradientBoostingOptions): Ensemble {
  const where = 'gradientBoosting';
  const own = ['estimators', 'learningRate', 'subsample', 'tree', 'build'];
  const { task, fit, seed } = resolveEnsemble(where, options, own);
  const { estimators = 100, learningRate = 0.1, subsample = 1, tree, build } = options;
  checkNumber(where, 'estimators', estimators, { minimum: 1, integer: true });
  checkNumber(where, 'learningRate', learningRate, { above: 0 });
  checkNumber(where, 'subsample', subsample, { above: 0, maximum: 1 });
  if (build !== undefined) checkBuilder(where, 'build', build);
  if (build && tree) throw new OptionError(`${where}: tree and build exclude each other. Give one of them.`);
  const settings = resolveTree(`${where}: tree`, { maxDepth: 3, ...tree });

  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const objective = task === 'regression' ? squared(context.y) : ofClasses(context.y);
      const booster: Booster = build ? new ModelBooster(context, build, fit) : new TreeBooster(context, settings);
      try {
        return await boost(context, objective, booster, { estimators, learningRate, subsample });
      } finally {
        booster.dispose?.();
      }
    },
  });
}

/** Fits the member of a stage and a score, and gives its values of all samples. */
interface Booster {
  fit(
    number: number,
    rows: readonly number[] | undefined,
    residuals: Float64Array,
    hessians: Float64Array,
  ): Promise<{ member: Estimator; values: Float64Array }>;
  /** Frees what it needs only while stages are fitted. */
  dispose?(): void;
}

async function boost(
  context: FitContext,
  objective: Objective,
  booster: Booster,
  { estimators, learningRate, subsample }: { estimators: number; learningRate: number; subsample: number },
): Promise<FittedEnsemble> {
  const { x, random } = context;
  const { start, link } = objective;
  let scores = start.map((value) => new Float64Array(x.count).fill(value));
  const members: Estimator[] = [];
  const trainingLoss: number[] = [];
  const drawn = Math.max(1, Math.round(subsample * x.count));
  for (let stage = 0; stage < estimators; stage++) {
    const rows = drawn < x.count ? drawDistinct(random, x.count, drawn) : undefined;
    // All scores of a stage follow from those of the stage before.
    const next: Float64Array[] = [];
    for (const output of start.keys()) {
      const { residuals, hessians } = objective.residuals(scores, output);
      const { member, values } = await booster.fit(members.length, rows, residuals, hessians);
      members.push(member);
      next.push(boostScores(scores[output]!, values, learningRate));
    }
    scores = next as typeof scores;
    trainingLoss.push(objective.loss(scores));
    context.progress(estimators);
  }
  return { members, combination: { kind: 'additive', start, learningRate, link }, trainingLoss };
}

/** Trees of one output, grown on the same bins all of them. */
class TreeBooster implements Booster {
  private readonly finder: SplitFinder;

  constructor(
    private readonly context: FitContext,
    private readonly settings: TreeSettings,
  ) {
    this.finder = new SplitFinder(binSamples(context.where, context.x, settings.maxBins), 1);
  }

  async fit(
    number: number,
    rows: readonly number[] | undefined,
    gradients: Float64Array,
    hessians: Float64Array,
  ): Promise<{ member: Estimator; values: Float64Array }> {
    const { context, finder } = this;
    const settings = { ...this.settings, seed: context.seedOf(number) };
    const grower = new Grower(finder, settings);
    const tree = grower.grow({ gradients, hessians, outputs: 1 }, rows);
    const member = context.add(new TreeEstimator(settings, tree));
    return { member, values: rows ? (await member.predict(context.x)).data : grower.fitted() };
  }

  dispose(): void {
    this.finder.dispose();
  }
}

class ModelBooster implements Booster {
  constructor(
    private readonly context: FitContext,
    private readonly build: EstimatorBuilder,
    private readonly fitOptions: NonNullable<EnsembleOptions['fit']>,
  ) {}

  async fit(number: number, rows: readonly number[] | undefined, residuals: Float64Array) {
    const { context } = this;
    const { x, signal } = context;
    const y: Targets = { data: Float32Array.from(residuals), count: x.count, size: 1, sampleShape: [1] };
    const take = (samples: Samples): Samples => (rows ? takeRows(samples, rows) : samples);
    const member = buildMember(context, this.build, number, this.fitOptions, 'regression');
    await member.fit(take(x), take(y), { signal });
    const { data } = await member.predict(x, signal);
    return { member, values: data };
  }
}

function squared({ data, size, count }: Targets): Objective {
  const columns = range(size).map((c) => Float64Array.from({ length: count }, (_, row) => data[row * size + c]!));
  return {
    start: columns.map((column) => squaredBoosting.init(column)),
    link: 'identity',
    residuals: (scores, c) => ({
      residuals: squaredBoosting.residuals(columns[c]!, scores[c]!),
      hessians: new Float64Array(count).fill(1),
    }),
    loss: (scores) => columns.reduce((sum, column, c) => sum + squaredBoosting.loss(column, scores[c]!), 0) / size,
  };
}

function ofClasses(y: Targets): Objective {
  const classes = classesOf(y);
  return classes === 2 ? logistic(y) : softmax(y, classes);
}

function logistic({ data }: Targets): Objective {
  return {
    start: [logisticBoosting.init(data)],
    link: 'sigmoid',
    residuals([scores]) {
      const residuals = logisticBoosting.residuals(data, scores!);
      return { residuals, hessians: residuals.map((residual) => Math.abs(residual) * (1 - Math.abs(residual))) };
    },
    loss: ([scores]) => logisticBoosting.loss(data, scores!),
  };
}

function softmax({ data, count }: Targets, classes: number): Objective {
  const counts = new Float64Array(classes);
  data.forEach((label: number) => counts[label]!++);
  const absent = counts.indexOf(0);
  if (absent >= 0) {
    throw new DataError(`gradientBoosting: no sample is of class ${absent}. Number the classes from 0 without gaps.`);
  }
  const factor = classes / (classes - 1);
  let latest: { scores: readonly Float64Array[]; probabilities: Float64Array } | undefined;
  const probabilitiesOf = (scores: readonly Float64Array[]): Float64Array => {
    if (latest?.scores !== scores) latest = { scores, probabilities: linkScores(scores, 'softmax').data };
    return latest.probabilities;
  };
  return {
    start: Array.from(counts, (samples) => log(samples / count)),
    link: 'softmax',
    residuals(scores, c) {
      const p = probabilitiesOf(scores);
      const residuals = Float64Array.from({ length: count }, (_, i) => Number(data[i] === c) - p[i * classes + c]!);
      return {
        residuals,
        hessians: residuals.map((residual) => factor * Math.abs(residual) * (1 - Math.abs(residual))),
      };
    },
    loss: (scores) => logLoss(data, probabilitiesOf(scores)),
  };
}
