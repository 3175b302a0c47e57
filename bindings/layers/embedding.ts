import { DTypeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import { resolveLayer, type TrainableOptions, type WeightOptions } from './options.js';

export interface EmbeddingOptions extends TrainableOptions, WeightOptions<'embeddings'> {
  /** Index 0 stands for padding: the layers behind leave it out; false by default. */
  maskZero?: boolean;
}

/**
 * A learned vector for each index: y = embeddings[x].
 *
 * Shapes: x [batch, ...] of int32, embeddings [inputDim, outputDim], y [batch, ..., outputDim]. Uniform in [-0.05, 0.05) unless
 * told otherwise, as in Keras. The gradient adds up over equal indices.
 *
 * @param inputDim Number of indices: they are 0 .. inputDim - 1.
 * @throws DataError in fit, evaluate and predict for an index outside that range.
 * @example sequential([embedding(1000, 16, { maskZero: true, inputShape: [20] }), lstm(32), dense(1)])
 */
export function embedding(inputDim: number, outputDim: number, options: EmbeddingOptions = {}): Layer {
  const roles = { embeddings: 'randomUniform' } as const;
  const { where, base, config, declare } = resolveLayer('embedding', options, roles, ['maskZero']);
  checkNumber(where, 'inputDim', inputDim, { minimum: 1, integer: true });
  checkNumber(where, 'outputDim', outputDim, { minimum: 1, integer: true });
  const { maskZero = false } = options;
  return layer({
    kind: 'embedding',
    ...base,
    config: { inputDim, outputDim, maskZero, ...config },
    inputDtype: 'int32',
    build: (context) => declare(context, 'embeddings', [inputDim, outputDim]),
    call([x], { parameter, setMask }) {
      if (x!.dtype !== 'int32') {
        throw new DTypeError(
          `${where}: expected int32 indices, got ${x!.dtype}. Declare the input as input({ shape, dtype: 'int32' }).`,
        );
      }
      if (maskZero) setMask(x!.toFloat().equal(0).affine(-1, 1));
      return parameter('embeddings').gather(x!);
    },
  });
}
