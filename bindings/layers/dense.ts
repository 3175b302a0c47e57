import { formatShape, type Shape } from '../graph/shape.js';
import { resolveInitializer, type InitializerName } from '../initializers/index.js';
import type { Initializer } from '../initializers/initializer.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { activationConfig, resolveActivation, type Activation } from './activations.js';
import { layer, type Layer } from './layer.js';

export interface DenseOptions {
  /** Applied to the result; linear by default. */
  activation?: Activation;
  /** Whether a bias is added; true by default. */
  useBias?: boolean;
  kernelInitializer?: Initializer | InitializerName;
  biasInitializer?: Initializer | InitializerName;
  /** Shape of one sample, for the first layer of a `sequential` model. */
  inputShape?: Shape;
  name?: string;
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
  const known = ['activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'inputShape', 'name'];
  const where = options.name ?? 'dense';
  checkOptions(where, options, known);
  checkNumber(where, 'units', units, { minimum: 1, integer: true });
  const { activation = 'linear', useBias = true, inputShape, name } = options;
  const kernelInitializer = resolveInitializer(where, options.kernelInitializer ?? 'glorotUniform');
  const biasInitializer = resolveInitializer(where, options.biasInitializer ?? 'zeros');
  const activate = resolveActivation(where, activation);
  return layer({
    kind: 'dense',
    ...(name !== undefined && { name }),
    ...(inputShape && { inputShape }),
    config: { units, activation: activationConfig(activation), useBias },
    build({ inputShapes: [shape], parameter }) {
      if (!shape?.length) {
        throw new ShapeError(
          `${where}: expected samples with at least one axis, got ${formatShape(shape ?? [])}. Reshape scalars to [1].`,
        );
      }
      parameter('kernel', [shape.at(-1)!, units], kernelInitializer);
      if (useBias) parameter('bias', [units], biasInitializer);
    },
    call([x], { parameter }) {
      const product = x!.matmul(parameter('kernel'));
      return activate(useBias ? product.add(parameter('bias')) : product);
    },
  });
}
