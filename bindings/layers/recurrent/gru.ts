import { cellOf, recurrentLayer, type GatedOptions, type RecurrentLayer } from './recurrentLayer.js';

export interface GruOptions extends GatedOptions {
  /** Whether the reset gate acts behind the recurrent product (true, the default) or in front of it. */
  resetAfter?: boolean;
}

/**
 * Gated recurrent unit, Cho et al. 2014: h_t = z h_(t-1) + (1 - z) hh, with columns in the order z, r, h:
 * z, r = sigmoid(x_t kernel + h_(t-1) recurrentKernel + biases), and
 * hh = tanh(x_t kernel + b0 + r (h_(t-1) recurrentKernel + b1)) with `resetAfter`, as in Keras, PyTorch and cuDNN, or
 * hh = tanh(x_t kernel + b + (r h_(t-1)) recurrentKernel) without, as in the paper.
 *
 * Shapes: x [batch, time, in]; kernel [in, 3 units], recurrentKernel [units, 3 units]; bias [2, 3 units], the input's and the
 * recurrent one, or [3 units] without `resetAfter`; y [batch, units], or [batch, time, units] with `returnSequences`. Called
 * with [x, h] it begins with that state, else with 0. A step that is masked leaves the state as it is. Names, defaults and
 * layout are Keras'.
 *
 * @throws ShapeError if a sample is not [time, features], or for states and masks that do not fit.
 * @example sequential([gru(32, { returnSequences: true, inputShape: [20, 3] }), gru(32), dense(1)])
 */
export function gru<O extends GruOptions = GruOptions>(units: number, options: O = {} as O): RecurrentLayer<O> {
  const { resetAfter = true } = options;
  const cell = cellOf(resetAfter ? 'gru' : 'gruResetBefore');
  return recurrentLayer({ kind: 'gru', cell, own: { resetAfter } }, units, options);
}
