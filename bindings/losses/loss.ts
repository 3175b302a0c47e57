// What a loss is: one value a sample (or position) out of the graph's operators. The model weights and averages them
// (model/meanLoss.ts), as the loss's reduction says.

import { requireTensor } from '../graph/requireTensor.js';
import type { Tensor } from '../graph/tensor.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';

/** Class numbers (int32, one a sample or position), or values of the output's shape (float32). */
export type LabelKind = 'classes' | 'values';

/** What an output decides, which tells metrics how to read it: yes or no for each value, one class of a row, or a quantity. */
export type Task = 'binary' | 'sparse' | 'categorical' | 'regression';

const REDUCTIONS = ['mean', 'sum', 'sumOfSamples'] as const;
const NORMALIZATIONS = ['count', 'weightSum'] as const;

/**
 * How values become one number. 'mean': over all that count. 'sum': over every element, as PyTorch; 'sumOfSamples': over
 * samples or positions, each the mean of its last axis where the loss is one of single elements, as Keras' 'sum'.
 */
export type Reduction = (typeof REDUCTIONS)[number];

/** What a weighted mean is divided by: how many there are (Keras), or the sum of their weights (PyTorch's class weights). */
export type WeightNormalization = (typeof NORMALIZATIONS)[number];

/** Options of every loss. */
export interface ReductionOptions {
  /** 'mean' by default. */
  reduction?: Reduction;
  /** 'count' by default. */
  weightNormalization?: WeightNormalization;
}

export interface Loss extends ReductionOptions {
  readonly name: string;
  /** All options as plain JSON: `lossFromConfig({ name, config })` makes the loss again. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly labels: LabelKind;
  /** Whether predictions are logits: metrics that threshold need to know. */
  readonly fromLogits: boolean;
  /** Found from the labels and the output's width if it is not said. */
  readonly task?: Task;
  /** Whether a value is the mean over the last axis of losses of single elements; a 'sum' then counts each of them. */
  readonly isElementwise?: boolean;
  /** A label outside the classes that is allowed, because `mask` leaves it out. */
  readonly ignoredLabel?: number;
  /** Un-reduced loss, the batch axis in front. */
  perSample(yTrue: Tensor, yPred: Tensor): Tensor;
  /** Weights that labels bring and that `perSample` holds already, in its shape: for `weightNormalization: 'weightSum'`. */
  labelWeights?(yTrue: Tensor, yPred: Tensor): Tensor;
  /** 1 for what counts and 0 for what does not, in the shape of `perSample`. */
  mask?(yTrue: Tensor, yPred: Tensor): Tensor;
}

/** A loss of one's own: any tensor whose mean is to be made small. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** A function as a loss on values of the output's shape. */
export function customLoss(perSample: LossFunction): Loss {
  const name = perSample.name || 'customLoss';
  return {
    name,
    config: {},
    labels: 'values',
    fromLogits: false,
    perSample: (yTrue, yPred) => requireTensor(name, perSample(yTrue, yPred)),
  };
}

/** Losses that their name and config make again. */
const libraryLosses = new WeakSet<Loss>();
export const isLibraryLoss = (loss: Loss): boolean => libraryLosses.has(loss);

type LossDefinition = Pick<Loss, 'perSample'> & Partial<Omit<Loss, 'name' | 'config' | keyof ReductionOptions>>;

/**
 * Makes a loss of the library. `settings` are its own options with their defaults filled in: they name what is known and,
 * beside the reduction, are its config.
 */
export function makeLoss(
  name: string,
  options: ReductionOptions,
  settings: Readonly<Record<string, unknown>>,
  definition: LossDefinition,
): Loss {
  checkOptions(name, options, [...Object.keys(settings), 'reduction', 'weightNormalization']);
  const { reduction = 'mean', weightNormalization = 'count' } = options;
  checkChoice(name, 'reduction', reduction, REDUCTIONS);
  checkChoice(name, 'weightNormalization', weightNormalization, NORMALIZATIONS);
  const loss: Loss = {
    name,
    config: { ...settings, reduction, weightNormalization },
    reduction,
    weightNormalization,
    labels: 'values',
    fromLogits: false,
    ...definition,
  };
  libraryLosses.add(loss);
  return loss;
}

/** Throws an OptionError unless `value` is one of the choices. */
export function checkChoice(where: string, option: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const listed = choices.map((choice) => describeValue(choice)).join(', ');
  throw new OptionError(`${where}: ${option} must be one of ${listed}, got ${describeValue(value)}.`);
}

/** The mean of each row; a tensor of one value a sample as it is. */
export const meanOfRow = (values: Tensor): Tensor => (values.rank > 1 ? values.mean({ axis: -1 }) : values);

/** A loss of single elements: `perSample` is the mean of `perElement` over the last axis. */
export function elementwiseLoss(
  name: string,
  options: ReductionOptions,
  settings: Readonly<Record<string, unknown>>,
  perElement: LossFunction,
  definition: Omit<LossDefinition, 'perSample'> = {},
): Loss {
  return makeLoss(name, options, settings, {
    isElementwise: true,
    ...definition,
    perSample: (yTrue, yPred) => meanOfRow(perElement(yTrue, yPred)),
  });
}
