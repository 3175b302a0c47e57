import type { Tensor } from '../graph/tensor.js';
import { checkChoice, makeLoss, type Loss, type ReductionOptions } from './loss.js';

export interface CosineSimilarityOptions extends ReductionOptions {
  /** 'negative' (-cos, the default, as Keras) or 'oneMinus' (1 - cos, as PyTorch's CosineEmbeddingLoss). */
  form?: 'negative' | 'oneMinus';
}

/** Squared lengths are taken to be at least this, so that a vector of zeros is similar to nothing. */
const SMALLEST_SQUARE = 1e-12;

const lengthOf = (vectors: Tensor): Tensor => vectors.sumOfSquares({ axis: -1 }).maximum(SMALLEST_SQUARE).sqrt();

/**
 * The cosine of the angle between label and prediction along the last axis, as -cos or 1 - cos. Shapes: both [batch, ..., n].
 *
 * @throws OptionError for an unknown option or form.
 * @example model.compile({ optimizer: 'adam', loss: cosineSimilarity({ form: 'oneMinus' }) })
 */
export function cosineSimilarity(options: CosineSimilarityOptions = {}): Loss {
  const { form = 'negative' } = options;
  checkChoice('cosineSimilarity', 'form', form, ['negative', 'oneMinus']);
  return makeLoss(
    'cosineSimilarity',
    options,
    { form },
    {
      perSample(yTrue, yPred) {
        const product = yPred.mul(yTrue).sum({ axis: -1 });
        const cosine = product.div(lengthOf(yPred).mul(lengthOf(yTrue)));
        return cosine.affine(-1, form === 'oneMinus' ? 1 : 0);
      },
    },
  );
}
