import type { Initializer } from '../../initializers/initializer.js';
import type { BuildContext } from '../layer.js';
import { TiedParameter } from '../tie.js';
import { cellOf, recurrentLayer, type GatedOptions, type RecurrentLayer } from './recurrentLayer.js';

export interface LstmOptions extends GatedOptions {
  /** The bias of the forget gate begins with 1; true by default. Jozefowicz et al. 2015. */
  unitForgetBias?: boolean;
}

/**
 * Long short-term memory, Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000. With
 * s = x_t kernel + h_(t-1) recurrentKernel + bias, its columns in the order i, f, g, o:
 * i, f, o = sigmoid(s), g = tanh(s); c_t = f c_(t-1) + i g; h_t = o tanh(c_t).
 *
 * Shapes: x [batch, time, in]; kernel [in, 4 units], recurrentKernel [units, 4 units], bias [4 units]; y [batch, units], or
 * [batch, time, units] with `returnSequences`. Called with [x, h, c] it begins with that state, else with 0; with `returnState`
 * its outputs are [y, h, c]. A step that is masked leaves the state as it is. Names, defaults and layout are Keras'.
 *
 * @throws ShapeError if a sample is not [time, features], or for states and masks that do not fit.
 * @example sequential([lstm(64, { inputShape: [32, 16] }), dense(1)])
 */
export function lstm<O extends LstmOptions = LstmOptions>(units: number, options: O = {} as O): RecurrentLayer<O> {
  const { unitForgetBias = true } = options;
  const adapt = unitForgetBias ? withUnitForgetBias : (context: BuildContext) => context;
  return recurrentLayer({ kind: 'lstm', cell: cellOf('lstm'), own: { unitForgetBias }, adapt }, units, options);
}

/** Declares biases whose second quarter begins with 1. */
const withUnitForgetBias = (context: BuildContext): BuildContext => ({
  ...context,
  parameter: (name, shape, initializer, options) =>
    context.parameter(
      name,
      shape,
      initializer instanceof TiedParameter ? initializer : unitForget(initializer),
      options,
    ),
});

const unitForget = (initializer: Initializer): Initializer => ({
  ...initializer,
  create(graph, shape) {
    const units = shape[0]! / 4;
    const values = initializer.create(graph, shape);
    const forget = graph.constant(1).broadcastTo([units]);
    return values.slice([0], [units]).concat([forget, values.slice([2 * units], [2 * units])], 0);
  },
});
