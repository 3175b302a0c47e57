import type { Tensor } from '../graph/tensor.js';
import { checkNumber } from '../runtime/suggest.js';
import { settleCrossentropy, weightTable, type CrossentropyOptions } from './crossentropy.js';
import { makeLoss, type Loss } from './loss.js';
import { clipProbability, oneHot } from './probability.js';

export interface SparseCrossentropyOptions extends CrossentropyOptions {
  /** Samples and positions of this class number count neither in the sum nor in the mean, such as padding: any whole number. */
  ignoreClass?: number | null;
}

/**
 * Cross-entropy with class numbers as labels: log-sum-exp(x) - x[label].
 * Shapes: yTrue [batch, ...] int32, yPred [batch, ..., classes].
 *
 * @throws OptionError for an unknown option, or class weights that are not one a class.
 * @example model.compile({ optimizer: 'adam', loss: sparseCategoricalCrossentropy() })
 */
export function sparseCategoricalCrossentropy(options: SparseCrossentropyOptions = {}): Loss {
  const name = 'sparseCategoricalCrossentropy';
  const settings = settleCrossentropy(name, options);
  const { fromLogits, labelSmoothing: smoothing, classWeights, classWeightForm } = settings;
  const { ignoreClass = null } = options;
  if (ignoreClass !== null) checkNumber(name, 'ignoreClass', ignoreClass, { integer: true });
  const weightOfLabel = (yTrue: Tensor, yPred: Tensor): Tensor =>
    oneHot(yTrue, yPred.shape.at(-1)!)
      .mul(weightTable(name, classWeights!, yPred))
      .sum({ axis: -1 });
  /** The mean over classes of -log p_c, each times its weight in the form 'perTerm'. */
  const uniform = (logits: Tensor): Tensor => {
    const terms = logits.logSoftmax();
    const isPerTerm = classWeights !== null && classWeightForm === 'perTerm';
    return (isPerTerm ? terms.mul(weightTable(name, classWeights, logits)) : terms).mean({ axis: -1 }).neg();
  };
  const isCounted = (yTrue: Tensor): Tensor => yTrue.toFloat().equal(ignoreClass!).affine(-1, 1);
  return makeLoss(
    name,
    options,
    { ...settings, ignoreClass },
    {
      labels: 'classes',
      fromLogits,
      task: 'sparse',
      ...(ignoreClass !== null && { ignoredLabel: ignoreClass, mask: isCounted }),
      ...(classWeights && { labelWeights: weightOfLabel }),
      perSample(yTrue, yPred) {
        const logits = fromLogits ? yPred : clipProbability(yPred).log();
        const ignored = ignoreClass === null ? {} : { ignoredLabel: ignoreClass };
        const hard = yPred.graph.emit('softmaxCrossEntropy', [logits, yTrue], ignored);
        const weight = classWeights && weightOfLabel(yTrue, yPred);
        if (smoothing === 0) return weight ? hard.mul(weight) : hard;
        const soft = uniform(logits).mul(smoothing);
        if (!weight) return hard.mul(1 - smoothing).add(soft);
        if (classWeightForm === 'perTerm')
          return hard
            .mul(weight)
            .mul(1 - smoothing)
            .add(soft);
        return hard
          .mul(1 - smoothing)
          .add(soft)
          .mul(weight);
      },
    },
  );
}
