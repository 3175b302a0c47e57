// Cross-entropies. From logits they are fused with softmax or sigmoid and stable for logits of any size.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber } from '../runtime/suggest.js';
import { checkChoice, makeLoss, meanOfRow, type Loss, type ReductionOptions } from './loss.js';
import { checkClassWeights, clipProbability, logProbabilities, oneHot } from './probability.js';

export interface CrossentropyOptions extends ReductionOptions {
  /** Predictions are logits (true, the default: fused and stable) or probabilities. Keras' default is probabilities. */
  fromLogits?: boolean;
  /** s in [0, 1): labels become y (1 - s) + s / classes, of yes/no values y (1 - s) + s / 2. 0 by default. */
  labelSmoothing?: number;
  /** Weights of the classes, those of 0 and 1 for yes/no values; all 1 by default. */
  classWeights?: readonly number[] | null;
  /**
   * 'perSample' (the default): the smoothed loss times the weight of the label's class, the largest of its row.
   * 'perTerm' (PyTorch): w_c stands inside the sum over classes. Without smoothing of one-hot labels both are the same.
   */
  classWeightForm?: 'perSample' | 'perTerm';
}

export interface SparseCrossentropyOptions extends CrossentropyOptions {
  /** Samples and positions of this class number count neither in the sum nor in the mean, such as padding: any whole number. */
  ignoreClass?: number | null;
}

function settle(name: string, options: CrossentropyOptions) {
  const { fromLogits = true, labelSmoothing = 0, classWeights = null, classWeightForm = 'perSample' } = options;
  checkNumber(name, 'labelSmoothing', labelSmoothing, { minimum: 0, below: 1 });
  checkChoice(name, 'classWeightForm', classWeightForm, ['perSample', 'perTerm']);
  if (classWeights) checkClassWeights(name, 'classWeights', classWeights);
  return { fromLogits, labelSmoothing, classWeights, classWeightForm };
}

type Settings = ReturnType<typeof settle>;

/** The weights of the classes as a tensor, for an output of so many classes. */
function weightTable(name: string, classWeights: readonly number[], yPred: Tensor): Tensor {
  checkClassWeights(name, 'classWeights', classWeights, yPred.shape.at(-1)!);
  return yPred.graph.table(classWeights);
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
  const settings = settle(name, options);
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
        if (classWeightForm === 'perTerm') return hard.mul(weight).mul(1 - smoothing).add(soft);
        return hard.mul(1 - smoothing).add(soft).mul(weight);
      },
    },
  );
}

/**
 * Cross-entropy with a distribution as label: -sum y log softmax(x). Shapes: both [batch, ..., classes].
 *
 * @throws OptionError for an unknown option, or class weights that are not one a class.
 * @example model.compile({ optimizer: 'adam', loss: categoricalCrossentropy({ labelSmoothing: 0.1 }) })
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  const name = 'categoricalCrossentropy';
  const settings = settle(name, options);
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

/** Of each yes/no value: its loss, and the weight of its class. */
function binaryTerms(yTrue: Tensor, yPred: Tensor, settings: Settings): { losses: Tensor; weights?: Tensor } {
  const { fromLogits, labelSmoothing: smoothing, classWeights, classWeightForm } = settings;
  const labels = yTrue.affine(1 - smoothing, smoothing / 2);
  const isPlain = classWeights === null || classWeightForm === 'perSample';
  const unweighted = (): Tensor => {
    if (fromLogits) return yPred.softplus().sub(yPred.mul(labels));
    const { ofTrue, ofFalse } = logProbabilities(yPred, false);
    return ofTrue.mul(labels).add(ofFalse.mul(labels.affine(-1, 1))).neg();
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
  const settings = settle(name, options);
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
