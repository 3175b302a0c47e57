import { makeLoss, type Loss, type ReductionOptions } from './loss.js';

/**
 * Hinge of classes as in Keras: max(0, 1 + max_c((1 - y_c) p_c) - sum_c y_c p_c) with one-hot labels; the maximum includes
 * the 0 of the true class. Shapes: both [batch, ..., classes].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: categoricalHinge() })
 */
export const categoricalHinge = (options: ReductionOptions = {}): Loss =>
  makeLoss(
    'categoricalHinge',
    options,
    {},
    {
      fromLogits: true,
      task: 'categorical',
      perSample(yTrue, yPred) {
        const positive = yPred.mul(yTrue).sum({ axis: -1 });
        const negative = yPred.mul(yTrue.affine(-1, 1)).max({ axis: -1 });
        return negative.sub(positive).add(1).relu();
      },
    },
  );
