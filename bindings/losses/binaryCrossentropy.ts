import type { Tensor } from '../graph/tensor.js';
import { settleCrossentropy, type CrossentropyOptions, type CrossentropySettings } from './crossentropy.js';
import { makeLoss, meanOfRow, type Loss } from './loss.js';
import { checkClassWeights, logProbabilities } from './probability.js';

/** Of each yes/no value: its loss, and the weight of its class. */
function binaryTerms(
  yTrue: Tensor,
  yPred: Tensor,
  settings: CrossentropySettings,
): { losses: Tensor; weights?: Tensor } {
  const { fromLogits, labelSmoothing: smoothing, classWeights, classWeightForm } = settings;
  const labels = yTrue.affine(1 - smoothing, smoothing / 2);
  const isPlain = classWeights === null || classWeightForm === 'perSample';
  const unweighted = (): Tensor => {
    if (fromLogits) return yPred.softplus().sub(yPred.mul(labels));
    const { ofTrue, ofFalse } = logProbabilities(yPred, false);
    return ofTrue
      .mul(labels)
      .add(ofFalse.mul(labels.affine(-1, 1)))
      .neg();
  };
  if (classWeights === null) return { losses: unweighted() };
  const [ofZero, ofOne] = classWeights as [number, number];
  const weights = yTrue.greater(0.5).affine(ofOne - ofZero, ofZero);
  if (isPlain) return { losses: unweighted().mul(weights), weights };
  const { ofTrue, ofFalse } = logProbabilities(yPred, fromLogits);
  const whenTrue = ofTrue.mul(labels).mul(-ofOne);
  return { losses: whenTrue.sub(ofFalse.mul(labels.affine(-1, 1)).mul(ofZero)), weights };
}

/**
 * Cross-entropy of independent yes/no values, labels in [0, 1]: softplus(x) - x y from logits, averaged over a sample's
 * values. Shapes: both [batch, ...]. `classWeights` are those of 0 and of 1; [1, w] 'perTerm' is PyTorch's pos_weight w.
 *
 * @throws OptionError for an unknown option, or class weights that are not two.
 * @example model.compile({ optimizer: 'adam', loss: binaryCrossentropy({ classWeights: [1, 5] }) })
 */
export function binaryCrossentropy(options: CrossentropyOptions = {}): Loss {
  const name = 'binaryCrossentropy';
  const settings = settleCrossentropy(name, options);
  if (settings.classWeights) checkClassWeights(name, 'classWeights', settings.classWeights, 2);
  return makeLoss(name, options, settings, {
    fromLogits: settings.fromLogits,
    task: 'binary',
    isElementwise: true,
    ...(settings.classWeights && {
      labelWeights: (yTrue: Tensor, yPred: Tensor) => meanOfRow(binaryTerms(yTrue, yPred, settings).weights!),
    }),
    perSample: (yTrue, yPred) => meanOfRow(binaryTerms(yTrue, yPred, settings).losses),
  });
}
