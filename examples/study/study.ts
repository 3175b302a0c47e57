// The study: every technique on every seed, in pairs.

import { evaluateFunction, metrics, type History } from '../../bindings/index.js';
import { histogramOf, type Histogram } from '../../bindings/report/index.js';
import type { LabelledImages } from '../mnist/data.js';
import { drawParts, runRecipe, type Part, type Trained } from './run.js';
import { compare, summarize, type Comparison, type Spread } from '../statistics.js';
import type { buildModel, Technique } from './techniques.js';

/** Figures of the predictions of one trained network on the test images. */
export interface Predictions {
  confusion: number[][];
  roc: { falsePositiveRate: number[]; truePositiveRate: number[]; area: number };
  calibration: metrics.Calibration;
  /** Weights of each kernel, counted in bins of equal width. */
  weights: Record<string, Histogram>;
}

export interface TechniqueResult extends Comparison {
  name: string;
  testAccuracy: Spread;
  devAccuracy: Spread;
  trainAccuracy: Spread;
  /** Accuracy on the training less that on the dev images, both in evaluation mode. */
  gap: Spread;
  sparsity: Spread;
  epochs: Spread;
  seconds: Spread;
  runs: Omit<Trained, 'history'>[];
  /** Of the first seed. */
  history: History['history'];
  predictions: Predictions;
}

export interface StudyOptions {
  train: LabelledImages;
  test: LabelledImages;
  techniques: readonly Technique[];
  seeds: readonly number[];
  epochs: number;
  /** Told where the study stands: after every epoch, and with `run` after every training. */
  onProgress?: (technique: number, done: number, run?: Trained) => void;
}

const CURVE_POINTS = 100;

/** About so many points of a curve, its ends among them. */
const thin = (values: readonly number[]): number[] =>
  Array.from(
    { length: Math.min(CURVE_POINTS, values.length) },
    (_, i, points = Math.min(CURVE_POINTS, values.length)) =>
      Number(values[Math.round((i * (values.length - 1)) / Math.max(1, points - 1))]!.toFixed(5)),
  );

async function inspectPredictions(model: ReturnType<typeof buildModel>, { x, y }: Part): Promise<Predictions> {
  const prediction = await model.predict(x);
  const { p } = evaluateFunction(({ logits }) => ({ p: logits.softmax() }), { logits: prediction });
  const probabilities = Float64Array.from(p.data);
  // Every image asks ten questions "is it this digit?": the micro-average.
  const answers = Uint8Array.from(probabilities, (_, i) => Number(y[Math.floor(i / 10)] === i % 10));
  const roc = metrics.rocCurve(answers, probabilities);
  const kernels = Object.entries(model.parameters()).filter(([path]) => path.endsWith('kernel'));
  return {
    confusion: metrics.confusionMatrix(y, prediction.argMax()).map((row) => [...row]),
    roc: {
      falsePositiveRate: thin(roc.falsePositiveRate),
      truePositiveRate: thin(roc.truePositiveRate),
      area: metrics.rocAuc(answers, probabilities),
    },
    calibration: metrics.expectedCalibrationError(y, probabilities),
    weights: Object.fromEntries(kernels.map(([path, values]) => [path, histogramOf(values)])),
  };
}

function summarizeRuns(
  name: string,
  runs: readonly Trained[],
  plain: readonly number[],
): Omit<TechniqueResult, 'predictions'> {
  const of = (figure: (run: Trained) => number) => summarize(runs.map(figure));
  const accuracies = runs.map((run) => run.testAccuracy);
  const isPlain = plain.length === 0;
  return {
    name,
    ...(isPlain ? { difference: 0, margin: 0, verdict: 'baseline' as const } : compare(accuracies, plain)),
    testAccuracy: summarize(accuracies),
    devAccuracy: of((run) => run.devAccuracy),
    trainAccuracy: of((run) => run.trainAccuracy),
    gap: of((run) => run.trainAccuracy - run.devAccuracy),
    sparsity: of((run) => run.sparsity),
    epochs: of((run) => run.epochs),
    seconds: of((run) => run.seconds),
    runs: runs.map(({ history: _, ...figures }) => figures),
    history: runs[0]!.history,
  };
}

/** Runs the study; the first technique is the one that the others are compared with. */
export async function runStudy(options: StudyOptions): Promise<TechniqueResult[]> {
  const { train, test, techniques, seeds, epochs, onProgress } = options;
  const parts = seeds.map((seed) => drawParts(train, test, seed));
  const results: TechniqueResult[] = [];
  for (const [index, { name, recipe }] of techniques.entries()) {
    const runs: Trained[] = [];
    let predictions: Predictions | undefined;
    for (const [i, seed] of seeds.entries()) {
      const onEpochEnd = (epoch: number) => onProgress?.(index, i + (epoch + 1) / epochs);
      const inspect = async (model: ReturnType<typeof buildModel>) => {
        predictions ??= await inspectPredictions(model, parts[i]!.test);
      };
      runs.push(await runRecipe(recipe, parts[i]!, { seed, epochs, inspect, callbacks: [{ onEpochEnd }] }));
      onProgress?.(index, i + 1, runs.at(-1));
    }
    const plain = results[0]?.runs.map((run) => run.testAccuracy) ?? [];
    results.push({ ...summarizeRuns(name, runs, plain), predictions: predictions! });
  }
  return results;
}
