import type { Tensor } from '../graph/tensor.js';
import { settleCrossentropy, weightTable, type CrossentropyOptions } from './crossentropy.js';
import { makeLoss, type Loss } from './loss.js';
import { clipProbability, oneHot } from './probability.js';

/**
 * Cross-entropy with a distribution as label: -sum y log softmax(x). Shapes: both [batch, ..., classes].
 *
 * @throws OptionError for an unknown option, or class weights that are not one a class.
 * @example model.compile({ optimizer: 'adam', loss: categoricalCrossentropy({ labelSmoothing: 0.1 }) })
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  const name = 'categoricalCrossentropy';
  const settings = settleCrossentropy(name, options);
  const { fromLogits, labelSmoothing: smoothing, classWeights, classWeightForm } = settings;
  const weightOfLabel = (yTrue: Tensor, yPred: Tensor): Tensor =>
    oneHot(yTrue.argMax(), yPred.shape.at(-1)!)
      .mul(weightTable(name, classWeights!, yPred))
      .sum({ axis: -1 });
  const crossEntropy = (labels: Tensor, yPred: Tensor): Tensor =>
    fromLogits
      ? yPred.graph.emit('softmaxCrossEntropy', [yPred, labels], {})
      : clipProbability(yPred).log().mul(labels).sum({ axis: -1 }).neg();
  return makeLoss(name, options, settings, {
    fromLogits,
    task: 'categorical',
    ...(classWeights && { labelWeights: weightOfLabel }),
    perSample(yTrue, yPred) {
      const labels = yTrue.affine(1 - smoothing, smoothing / yPred.shape.at(-1)!);
      if (!classWeights) return crossEntropy(labels, yPred);
      if (classWeightForm === 'perSample') return crossEntropy(labels, yPred).mul(weightOfLabel(yTrue, yPred));
      return crossEntropy(labels.mul(weightTable(name, classWeights, yPred)), yPred);
    },
  });
}
