// Losses against their references: values per sample, every reduction with its gradient, and the mean as `evaluate` gives it.

import type { NumericArray } from '../../bindings/data/arrays.js';
import type { Tensor } from '../../bindings/graph/tensor.js';
import {
  activation,
  binaryCrossentropy,
  categoricalCrossentropy,
  meanSquaredError,
  sequential,
  sparseCategoricalCrossentropy,
  type Loss,
} from '../../bindings/index.js';
import { evaluateGraph } from '../support/evaluateGraph.js';
import { assertAllClose, assertClose, tensorOf, type FixtureTensor, type GoldenCase } from './fixture.js';
import { goldenSuite, type Runner } from './suite.js';

interface LossAttributes {
  op: string;
  reduction: 'mean' | 'sum';
  /** Whether `sum` counts every value, not one a sample. */
  elementwise: boolean;
  fromLogits?: boolean;
  labelSmoothing?: number;
  weights?: 'sample' | 'classPerSample' | 'classPerTerm';
  /** What a weighted mean is divided by. */
  weightNormalization?: 'count' | 'weightSum' | null;
}

type LossCase = GoldenCase<LossAttributes>;

/** The weight of each sample: as it is given, or that of its class. */
function sampleWeights({ inputs }: LossCase): FixtureTensor | undefined {
  const { sampleWeights: given, classWeights } = inputs;
  if (!classWeights) return given;
  const labels = tensorOf(inputs, 'yTrue');
  const data = classNumbers(labels, classWeights.data.length).map((label) => classWeights.data[label]!);
  return { shape: [data.length], data };
}

/** Labels as class numbers, whether they came so or as one-hot rows. */
function classNumbers({ data, dtype }: FixtureTensor, classes: number): number[] {
  if (dtype === 'int32') return [...data];
  return Array.from({ length: data.length / classes }, (_, row) =>
    data.slice(row * classes, (row + 1) * classes).indexOf(Math.max(...data.slice(row * classes, (row + 1) * classes))),
  );
}

function reduce(weighted: Tensor, weights: Tensor | undefined, elements: number, attributes: LossAttributes): Tensor {
  if (attributes.reduction === 'sum') return weighted.sum().mul(attributes.elementwise ? elements : 1);
  return attributes.weightNormalization === 'weightSum' ? weighted.sum().div(weights!.sum()) : weighted.mean();
}

function checkGraph(reference: LossCase, loss: Loss): void {
  const weights = sampleWeights(reference);
  const yPred = tensorOf(reference.inputs, 'yPred');
  const { outputs, gradients } = evaluateGraph(
    { yPred, yTrue: tensorOf(reference.inputs, 'yTrue'), ...(weights && { weights }) },
    (leaves) => {
      const values = loss.perSample(leaves.yTrue!, leaves.yPred!);
      // The reference's values per sample are weighted ones.
      const perSample = leaves.weights ? values.mul(leaves.weights) : values;
      return { perSample, loss: reduce(perSample, leaves.weights, yPred.shape.at(-1)!, reference.attrs) };
    },
    { cotangents: { loss: { shape: [], data: [1] } } },
  );
  assertAllClose(reference, 'outputs', outputs, reference.outputs);
  assertAllClose(reference, 'grads', gradients, reference.grads);
}

const array = ({ shape, data, dtype }: FixtureTensor): { shape: readonly number[]; data: NumericArray } => ({
  shape,
  data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data),
});

/** Means over the number of samples are what a model reports: they must come out of its public face too. */
async function checkModel(reference: LossCase, loss: Loss): Promise<void> {
  const { inputs, attrs, outputs, tol, name } = reference;
  if (attrs.reduction !== 'mean' || attrs.weightNormalization === 'weightSum') return;
  const model = sequential([activation('linear')]);
  model.compile({ optimizer: 'sgd', loss });
  const { classWeights } = inputs;
  const weights = sampleWeights(reference);
  const isByClass = classWeights && loss.labels === 'classes';
  const logs = await model.evaluate(array(tensorOf(inputs, 'yPred')), array(tensorOf(inputs, 'yTrue')), {
    ...(isByClass && { classWeight: { ...classWeights.data } }),
    ...(weights && !isByClass && { sampleWeight: array(weights) }),
  });
  model.dispose();
  assertClose(`${name} evaluate().loss`, { data: [logs.loss!] }, tensorOf(outputs, 'loss'), tol);
}

const check =
  (lossOf: (attributes: LossAttributes) => Loss): Runner<LossAttributes> =>
  async (reference) => {
    const loss = lossOf(reference.attrs);
    checkGraph(reference, loss);
    await checkModel(reference, loss);
  };

/** Op, and what not every form of it can do. */
function keyOf({ op, labelSmoothing = 0, weights }: LossAttributes): string {
  const parts = [op, labelSmoothing > 0 ? 'labelSmoothing' : '', weights === 'classPerTerm' ? weights : ''];
  return parts.filter((part) => part !== '').join(' ');
}

goldenSuite<LossAttributes>(
  'losses',
  {
    mse: check(() => meanSquaredError()),
    binaryCrossentropy: check(({ fromLogits }) => binaryCrossentropy({ fromLogits })),
    categoricalCrossentropy: check(({ fromLogits }) => categoricalCrossentropy({ fromLogits })),
    sparseCategoricalCrossentropy: check(({ fromLogits }) => sparseCategoricalCrossentropy({ fromLogits })),
  },
  keyOf,
);
