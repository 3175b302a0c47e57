// Scalers, one-hot labels, folds and weighted averages against scikit-learn's.

import {
  exponentialMovingAverage,
  kFold,
  leaveOneOut,
  minMaxScaler,
  oneHot,
  robustScaler,
  standardScaler,
  stratifiedKFold,
  type Fold,
  type Scaler,
} from '../../../bindings/index.js';
import { assertAllClose, tensorOf, type FixtureTensor } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface PreprocessingAttributes {
  op: string;
  featureRange: [number, number];
  classes: number;
  n: number;
  k: number;
  beta: number;
  biasCorrection: boolean;
}

const array = ({ shape, data }: FixtureTensor) => ({ shape, data: Float32Array.from(data) });

const scaler =
  (make: (attributes: PreprocessingAttributes) => Scaler): Runner<PreprocessingAttributes> =>
  (reference) => {
    const own = make(reference.attrs);
    const transformed = own.fitTransform(array(tensorOf(reference.inputs, 'X')));
    const transformedTest = own.transform(array(tensorOf(reference.inputs, 'Xtest')));
    const figures = Object.entries(own.state!).map(([name, data]) => [name, { data }]);
    assertAllClose(
      reference,
      'outputs',
      {
        ...(Object.fromEntries(figures) as Record<string, { data: number[] }>),
        transformed,
        transformedTest,
        inverse: own.inverseTransform(transformedTest),
      },
      reference.outputs,
    );
  };

/** The fold in which each sample is held out. */
function testFoldOf(folds: readonly Fold[]): number[] {
  const testFold: number[] = [];
  folds.forEach(({ test }, fold) => test.forEach((sample) => (testFold[sample] = fold)));
  return testFold;
}

const folds =
  (make: (attributes: PreprocessingAttributes) => Fold[]): Runner<PreprocessingAttributes> =>
  (reference) => {
    const made = make(reference.attrs);
    assertAllClose(
      reference,
      'outputs',
      {
        testFold: { data: testFoldOf(made) },
        sizes: { data: made.flatMap(({ train, test }) => [train.length, test.length]) },
        trainIndices: { data: made.flatMap(({ train }) => [...train]) },
      },
      reference.outputs,
    );
  };

const stratified: Runner<PreprocessingAttributes> = (reference) => {
  const { k, classes } = reference.attrs;
  const labels = tensorOf(reference.inputs, 'labels').data;
  const made = stratifiedKFold(labels, { folds: k });
  const classCounts = made.flatMap(({ test }) =>
    Array.from({ length: classes }, (_, label) => [...test].filter((sample) => labels[sample] === label).length),
  );
  const computed = { classCounts: { data: classCounts }, sklearnTestFold: { data: testFoldOf(made) } };
  assertAllClose(reference, 'outputs', computed, reference.outputs);
};

export const family = goldenFamily<PreprocessingAttributes>('preprocessing', {
  standardScaler: scaler(() => standardScaler()),
  minMaxScaler: scaler(({ featureRange }) => minMaxScaler({ featureRange })),
  robustScaler: scaler(() => robustScaler()),
  oneHot: (reference) =>
    assertAllClose(
      reference,
      'outputs',
      { y: oneHot([...tensorOf(reference.inputs, 'labels').data], reference.attrs.classes) },
      reference.outputs,
    ),
  kfold: folds(({ n, k }) => kFold(n, { folds: k })),
  leaveOneOut: folds(({ n }) => leaveOneOut(n)),
  stratifiedKFold: stratified,
  ewa: (reference) => {
    const { beta, biasCorrection } = reference.attrs;
    const y = exponentialMovingAverage(tensorOf(reference.inputs, 'x').data, beta, { biasCorrection });
    assertAllClose(reference, 'outputs', { y: { data: y } }, reference.outputs);
  },
});
