import type { DataArgument } from '../model/dataset.js';
import type { Model } from '../model/model.js';
import { checkOptions } from '../runtime/suggest.js';
import { checkList, CURVE_OPTIONS, traceCurve, type Curve, type CurveOptions } from './curve.js';

export type ValidationCurveOptions = CurveOptions;

/** Figures by value of a setting. */
export interface ValidationCurve<V> extends Curve {
  /** The values that were tried, in the order given. */
  values: V[];
}

const WHERE = 'validationCurve';

/**
 * Trains with each value of one setting and evaluates on the training and on validation data: where both are bad the model
 * underfits, where the training figure is good and the other bad it overfits. Values with which the loss stops being finite give NaN.
 *
 * @param makeModel Makes a compiled model anew for each run; it is disposed of afterwards.
 * @throws OptionError for no values and for unknown options; what `fit` throws for bad data.
 * @example
 * const makeModel = (rate, seed) => {
 *   const net = sequential([dense(64, { activation: 'relu' }), dropout(rate), dense(10)], { seed });
 *   net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
 *   return net;
 * };
 * const { validation } = await validationCurve(makeModel, [0, 0.25, 0.5], x, y, { validationData, seeds: [1, 2], fit: { epochs: 20 } });
 */
export async function validationCurve<V>(
  makeModel: (value: V, seed: number) => Model | Promise<Model>,
  values: readonly V[],
  x: DataArgument,
  y: DataArgument,
  options: ValidationCurveOptions,
): Promise<ValidationCurve<V>> {
  checkOptions(WHERE, options, CURVE_OPTIONS);
  checkList(WHERE, 'values', values);
  const makeRun = async (point: number, seed: number) => ({
    model: await makeModel(values[point]!, seed),
    data: { x, y },
  });
  return { values: [...values], ...(await traceCurve(WHERE, values.length, makeRun, options)) };
}
