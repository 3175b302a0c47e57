import { cellOf, recurrentLayer, type RecurrentLayer, type RecurrentOptions } from './recurrentLayer.js';

export type SimpleRNNOptions = RecurrentOptions;

/**
 * The simple recurrence h_t = tanh(x_t kernel + h_(t-1) recurrentKernel + bias). Elman 1990.
 *
 * Shapes: x [batch, time, in]; kernel [in, units], recurrentKernel [units, units], bias [units]; y [batch, units], or
 * [batch, time, units] with `returnSequences`. Called with [x, h] it begins with that state, else with 0. A step that is masked
 * leaves the state as it is. Names, defaults and layout are Keras'.
 *
 * @throws ShapeError if a sample is not [time, features], or for states and masks that do not fit.
 * @example sequential([simpleRNN(16, { inputShape: [20, 3] }), dense(1)])
 */
export const simpleRNN = <O extends SimpleRNNOptions = SimpleRNNOptions>(
  units: number,
  options: O = {} as O,
): RecurrentLayer<O> => recurrentLayer({ kind: 'simpleRNN', cell: cellOf('simpleRNN'), own: {} }, units, options);
