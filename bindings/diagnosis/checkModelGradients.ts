import { checkGradients } from '../functional/checkGradients.js';
import { takeSamples, type DataArgument } from '../model/dataset.js';
import { partsOf, type Model } from '../model/model.js';
import { OptionError } from '../runtime/errors.js';
import { checkFlag, checkNumber, checkOptions } from '../runtime/suggest.js';
import { prepareSamples } from './samples.js';
import { arraysOf, traceLoss } from './tracedModel.js';

export interface CheckModelGradientsOptions {
  /** Samples of the loss that is checked, from the front of the data; 8 by default. */
  samples?: number;
  /** Random directions tried for each parameter; 2 by default. */
  directions?: number;
  /**
   * How far the outer two points lie from the weights, as what about moves a unit's input by that much: divided by the square
   * root of the number of weights into a unit it is the distance in each element. 1/256 by default.
   */
  stepSize?: number;
  /** Draw dropout and noise, the same at every point; false (none) by default. */
  stochastic?: boolean;
  /** Seed of directions and draws; that of the model by default. */
  seed?: number;
}

/** What a check of a model's gradients found. */
export interface ModelGradientErrors {
  /** The largest error, relative to the gradient. */
  worst: number;
  /** The parameter that has it. */
  worstParameter: string;
  /** The largest error of each trained parameter, by path. */
  errors: Record<string, number>;
}

const WHERE = 'checkModelGradients';

/**
 * Compares the gradient of every trained parameter with central differences of the loss (see `checkGradients`), penalties
 * included, in training mode: for layers, losses and activations of one's own. About 1e-3 or less where all is well; above
 * 0.05 something is wrong, or a kink (a ReLU's, max pooling's) lies within `stepSize` of the weights: try a smaller one, and
 * other samples. Changes nothing of the model. Costs a few dozen evaluations for each parameter, so give it a small model.
 *
 * Proximal penalties are no part of what is differentiated, and are left out.
 *
 * @throws OptionError for unknown options and for a model without trained parameters; what `fit` throws for bad data.
 * @example
 * const { worst, worstParameter } = checkModelGradients(model, x, y);
 * if (worst > 0.05) console.log(`look at ${worstParameter}`);
 */
export function checkModelGradients(
  model: Model,
  x: DataArgument,
  y: DataArgument,
  options: CheckModelGradientsOptions = {},
): ModelGradientErrors {
  checkOptions(WHERE, options, ['samples', 'directions', 'stepSize', 'stochastic', 'seed']);
  const { samples = 8, directions = 2, stepSize = 1 / 256, stochastic = false, seed = model.seed } = options;
  checkNumber(WHERE, 'samples', samples, { minimum: 1, integer: true });
  checkNumber(WHERE, 'directions', directions, { minimum: 1, integer: true });
  checkNumber(WHERE, 'stepSize', stepSize, { above: 0 });
  checkFlag(WHERE, 'stochastic', stochastic);
  const all = prepareSamples(WHERE, model, { x, y });
  const data = takeSamples(
    all,
    Array.from({ length: Math.min(samples, all.count) }, (_, i) => i),
  );
  const parts = partsOf(model, WHERE);
  if (parts.store.trainable.length === 0)
    throw new OptionError(`${WHERE}: ${model.name} has no parameter that is trained.`);
  const arrays = arraysOf(parts, data);
  const entries = parts.store.trainable.map(({ path, shape, size }): [string, number] => {
    const fanIn = shape.length > 1 ? size / shape.at(-1)! : 1;
    const { worst } = checkGradients(
      (leaves, graph) => ({ loss: traceLoss(parts, graph, leaves, { stochastic, penalties: true }).loss }),
      arrays,
      { inputs: [path], directions, stepSize: stepSize / Math.sqrt(fanIn), seed },
    );
    return [path, worst];
  });
  const ranked = [...entries].sort(([, a], [, b]) => b - a);
  const [worstParameter, worst] = ranked[0]!;
  return { worst, worstParameter, errors: Object.fromEntries(entries) };
}
