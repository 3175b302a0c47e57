// Losses against their references: values per sample, every reduction with its gradient, and what `evaluate` gives.

import type { NumericArray } from '../../../bindings/data/arrays.js';
import {
  activation,
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  sequential,
  sparseCategoricalCrossentropy,
  squaredHinge,
  type Loss,
  type ReductionOptions,
} from '../../../bindings/index.js';
import { reduceLoss } from '../../../bindings/model/meanLoss.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { assertAllClose, assertClose, tensorOf, type FixtureTensor, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface LossAttributes {
  op: string;
  reduction: 'mean' | 'sum';
  fromLogits?: boolean;
  labelSmoothing?: number;
  weights?: 'sample' | 'classPerSample' | 'classPerTerm';
  /** What a weighted mean is divided by. */
  weightNormalization?: 'count' | 'weightSum' | null;
  delta?: number;
  logInput?: boolean;
  form?: 'negative' | 'oneMinus';
  gamma?: number;
  alpha?: number & number[];
}

type LossCase = GoldenCase<LossAttributes>;

const array = ({ shape, data, dtype }: FixtureTensor): { shape: readonly number[]; data: NumericArray } => ({
  shape,
  data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data),
});

function checkGraph(reference: LossCase, loss: Loss): void {
  const { inputs } = reference;
  const { sampleWeights } = inputs;
  const { outputs, gradients } = evaluateGraph(
    {
      yPred: tensorOf(inputs, 'yPred'),
      yTrue: tensorOf(inputs, 'yTrue'),
      ...(sampleWeights && { weights: sampleWeights }),
    },
    ({ yTrue, yPred, weights }) => {
      const values = loss.perSample(yTrue!, yPred!);
      // The reference's values per sample are weighted ones.
      const perSample = weights ? values.mul(weights) : values;
      return { perSample, loss: reduceLoss(loss, yTrue!, yPred!, { sample: weights }).loss };
    },
    { cotangents: { loss: { shape: [], data: [1] } } },
  );
  assertAllClose(reference, 'outputs', outputs, reference.outputs);
  assertAllClose(reference, 'grads', gradients, reference.grads);
}

/** A model's public face must give the same; class weights of a whole fit where the loss itself is not given any. */
async function checkModel(reference: LossCase, loss: Loss, classWeight?: readonly number[]): Promise<void> {
  const { inputs, outputs, tol, name } = reference;
  const { sampleWeights } = inputs;
  const model = sequential([activation('linear')]);
  model.compile({ optimizer: 'sgd', loss });
  const logs = await model.evaluate(array(tensorOf(inputs, 'yPred')), array(tensorOf(inputs, 'yTrue')), {
    ...(classWeight && { classWeight: { ...classWeight } }),
    ...(sampleWeights && { sampleWeight: array(sampleWeights) }),
  });
  model.dispose();
  assertClose(`${name} evaluate().loss`, { data: [logs.loss!] }, tensorOf(outputs, 'loss'), tol);
}

const check =
  (lossOf: (attributes: LossAttributes & { reduce: ReductionOptions }) => Loss): Runner<LossAttributes> =>
  async (reference) => {
    const { reduction, weightNormalization } = reference.attrs;
    const reduce = { reduction, ...(weightNormalization && { weightNormalization }) };
    const loss = lossOf({ ...reference.attrs, reduce });
    checkGraph(reference, loss);
    await checkModel(reference, loss);
  };

/** The cross-entropies of classes, with the class weights of the case. */
const checkClasses =
  (lossOf: typeof categoricalCrossentropy): Runner<LossAttributes> =>
  async (reference) => {
    const { classWeights } = reference.inputs;
    const { fromLogits = true, labelSmoothing = 0, weights } = reference.attrs;
    const classWeightForm = weights === 'classPerTerm' ? 'perTerm' : 'perSample';
    const options = { fromLogits, labelSmoothing };
    const weighted = {
      ...options,
      ...(classWeights && ({ classWeights: classWeights.data, classWeightForm } as const)),
    };
    await check(({ reduce }) => lossOf({ ...weighted, ...reduce }))(reference);
    if (weights !== 'classPerSample') return;
    const { reduction, weightNormalization } = reference.attrs;
    const reduce = { reduction, ...(weightNormalization && { weightNormalization }) };
    await checkModel(reference, lossOf({ ...options, ...reduce }), classWeights!.data);
  };

export const family = goldenFamily<LossAttributes>('losses', {
  mse: check(({ reduce }) => meanSquaredError(reduce)),
  mae: check(({ reduce }) => meanAbsoluteError(reduce)),
  huber: check(({ delta, reduce }) => huber({ delta: delta!, ...reduce })),
  logCosh: check(({ reduce }) => logCosh(reduce)),
  binaryCrossentropy: check(({ fromLogits, reduce }) => binaryCrossentropy({ fromLogits: fromLogits!, ...reduce })),
  categoricalCrossentropy: checkClasses(categoricalCrossentropy),
  sparseCategoricalCrossentropy: checkClasses(sparseCategoricalCrossentropy),
  klDivergence: check(({ reduce }) => klDivergence(reduce)),
  hinge: check(({ reduce }) => hinge(reduce)),
  squaredHinge: check(({ reduce }) => squaredHinge(reduce)),
  categoricalHinge: check(({ reduce }) => categoricalHinge(reduce)),
  poisson: check(({ logInput, reduce }) => poisson({ logInput: logInput!, ...reduce })),
  cosineSimilarity: check(({ form, reduce }) => cosineSimilarity({ form: form!, ...reduce })),
  binaryFocal: check(({ gamma, alpha, reduce }) =>
    binaryFocalCrossentropy({ gamma: gamma!, alpha: alpha!, ...reduce }),
  ),
  categoricalFocal: check(({ gamma, alpha, reduce }) =>
    categoricalFocalCrossentropy({ gamma: gamma!, alpha: alpha!, ...reduce }),
  ),
});
