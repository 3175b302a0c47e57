import { formatShape } from '../graph/shape.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import { resolveLayer, type OutputOptions, type TrainableOptions, type WeightOptions } from './options.js';

export interface DenseOptions extends TrainableOptions, OutputOptions, WeightOptions<'kernel' | 'bias'> {
  /** Whether a bias is added; true by default. */
  useBias?: boolean;
}

/**
 * Fully connected: y = activation(x kernel + bias).
 *
 * Shapes: x [batch, ..., in], kernel [in, units], bias [units], y [batch, ..., units]. Kernel Glorot uniform and bias zero
 * unless told otherwise, as in Keras.
 *
 * @throws ShapeError if a sample has no axis. @throws OptionError for an unknown option, or units that are not positive.
 * @example dense(64, { activation: 'relu' })
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  const roles = { kernel: 'glorotUniform', bias: 'zeros' } as const;
  const own = ['useBias', 'activation', 'activityRegularizer'];
  const { where, base, config, declare, finish } = resolveLayer('dense', options, roles, own);
  checkNumber(where, 'units', units, { minimum: 1, integer: true });
  const { useBias = true } = options;
  return layer({
    kind: 'dense',
    ...base,
    config: { units, useBias, ...config },
    passesMask: true,
    build(context) {
      const [shape] = context.inputShapes;
      if (!shape?.length) {
        throw new ShapeError(
          `${where}: expected samples with at least one axis, got ${formatShape(shape ?? [])}. Reshape scalars to [1].`,
        );
      }
      declare(context, 'kernel', [shape.at(-1)!, units]);
      if (useBias) declare(context, 'bias', [units]);
    },
    call([x], context) {
      const product = x!.matmul(context.parameter('kernel'));
      return finish(useBias ? product.add(context.parameter('bias')) : product, context);
    },
  });
}
