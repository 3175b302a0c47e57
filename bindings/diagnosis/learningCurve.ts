import type { DataArgument } from '../model/dataset.js';
import type { Model } from '../model/model.js';
import { RandomSequence } from '../runtime/random.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { checkList, CURVE_OPTIONS, traceCurve, type Curve, type CurveOptions } from './curve.js';
import { pickSamples, prepareSamples } from './samples.js';

export interface LearningCurveOptions extends CurveOptions {
  /** Numbers of samples to train on, or shares in (0, 1] of all; [0.1, 0.325, 0.55, 0.775, 1] by default. */
  sizes?: readonly number[];
}

/** Figures by size of the training data. */
export interface LearningCurve extends Curve {
  /** Numbers of samples that were trained on, in the order given. */
  sizes: number[];
}

const WHERE = 'learningCurve';
/** Those of scikit-learn's learning_curve. */
const DEFAULT_SIZES = [0.1, 0.325, 0.55, 0.775, 1];
/** Stream of the draws here. */
const SUBSETS = 4;

/**
 * Trains on growing parts of the data and evaluates on the part and on validation data: tells whether more data would help.
 * A gap that still closes says yes; two curves that have met, at a figure that is too bad, say that only a better model will.
 * Ng, "Machine Learning Yearning", 2018, chapters 28 to 31.
 *
 * Each seed draws one random order, of which every size takes the front, so that a larger part holds the smaller. The model is
 * made anew for each run by `makeModel(seed)`, compiled, and disposed of afterwards.
 *
 * @throws OptionError for sizes out of range and unknown options; what `fit` throws for bad data.
 * @example
 * const curve = await learningCurve(makeModel, x, y, { sizes: [100, 300, 1000], validationData, seeds: [1, 2, 3], fit: { epochs: 20 } });
 * curve.validation.mean; // three means
 */
export async function learningCurve(
  makeModel: (seed: number) => Model | Promise<Model>,
  x: DataArgument,
  y: DataArgument,
  options: LearningCurveOptions,
): Promise<LearningCurve> {
  checkOptions(WHERE, options, ['sizes', ...CURVE_OPTIONS]);
  const { sizes: asked = DEFAULT_SIZES, ...rest } = options;
  checkList(WHERE, 'sizes', asked);
  const sizes: number[] = [];
  const orders = new Map<number, number[]>();
  const curve = await traceCurve(
    WHERE,
    asked.length,
    async (point, seed) => {
      const model = await makeModel(seed);
      try {
        const data = prepareSamples(WHERE, model, { x, y });
        sizes[point] = sizeOf(asked[point]!, data.count);
        const order =
          orders.get(seed) ??
          new RandomSequence(seed, SUBSETS).shuffled(Array.from({ length: data.count }, (_, i) => i));
        orders.set(seed, order);
        return { model, data: pickSamples(data, order.slice(0, sizes[point])) };
      } catch (error) {
        model.dispose();
        throw error;
      }
    },
    rest,
  );
  return { sizes, ...curve };
}

/** A number of samples; up to 1 a share, rounded, of at least one sample. */
function sizeOf(asked: number, count: number): number {
  if (asked > 0 && asked <= 1) return Math.max(1, Math.round(asked * count));
  return checkNumber(WHERE, 'every size', asked, { above: 0, maximum: count, integer: true });
}
