// Linear models against scikit-learn's: coefficients, exact zeros, predictions, and the objective that they reach.

import {
  elasticNetRegression,
  lassoRegression,
  logisticRegression,
  ridge,
  type LinearRegression,
} from '../../../bindings/index.js';
import { assertAllClose, tensorOf, type FixtureTensor, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface LinearAttributes {
  op: string;
  alpha: number;
  l1Ratio: number;
  C: number;
  classes: number;
  fitIntercept: boolean;
}

const array = ({ shape, data }: FixtureTensor) => ({ shape, data: Float64Array.from(data) });
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
const squares = (values: Iterable<number>): number => sum([...values].map((value) => value * value));

/** Objectives as the cases state them. */
const ridgeObjective = ({ alpha }: LinearAttributes, residuals: number[], w: Float64Array): number =>
  squares(residuals) + alpha * squares(w);
const netObjective = ({ alpha, l1Ratio }: LinearAttributes, residuals: number[], w: Float64Array): number =>
  squares(residuals) / (2 * residuals.length) +
  alpha * (l1Ratio * sum([...w].map(Math.abs)) + ((1 - l1Ratio) / 2) * squares(w));

const regression =
  (
    fit: (
      reference: GoldenCase<LinearAttributes>,
      x: ReturnType<typeof array>,
      y: ReturnType<typeof array>,
    ) => LinearRegression,
    objective: typeof ridgeObjective,
  ): Runner<LinearAttributes> =>
  (reference) => {
    const [x, y] = [array(tensorOf(reference.inputs, 'X')), array(tensorOf(reference.inputs, 'y'))];
    const model = fit(reference, x, y);
    const predictions = model.predict(x);
    const residuals = [...predictions].map((value, i) => y.data[i]! - value);
    const isZero = [...model.coefficients].map((value) => Number(value === 0));
    assertAllClose(
      reference,
      'outputs',
      {
        coef: { data: model.coefficients },
        intercept: { data: model.intercept },
        predictions: { data: predictions },
        objective: { data: [objective(reference.attrs, residuals, model.coefficients)] },
        isZero: { data: isZero },
        zeroCount: { data: [sum(isZero)] },
      },
      reference.outputs,
    );
  };

const logistic: Runner<LinearAttributes> = (reference) => {
  const { C, classes, fitIntercept } = reference.attrs;
  const [x, y] = [array(tensorOf(reference.inputs, 'X')), tensorOf(reference.inputs, 'y').data];
  const model = logisticRegression(x, [...y], { C, classes, fitIntercept });
  const p = model.predictProbabilities(x);
  const loss = sum(y.map((label, row) => -Math.log(p[row * classes + label]!)));
  // For two classes the reference gives the probability of class 1, or of both, as its size says.
  const wanted = tensorOf(reference.outputs, 'probabilities').data.length;
  const probabilities = wanted === y.length ? p.filter((_, i) => i % 2 === 1) : p;
  assertAllClose(
    reference,
    'outputs',
    {
      coef: { data: model.coefficients },
      intercept: { data: model.intercept },
      probabilities: { data: probabilities },
      objective: { data: [squares(model.coefficients) / 2 + C * loss] },
    },
    reference.outputs,
  );
};

export const family = goldenFamily<LinearAttributes>('linearModels', {
  ridge: regression(({ attrs: { alpha, fitIntercept } }, x, y) => ridge(x, y, { alpha, fitIntercept }), ridgeObjective),
  lasso: regression(
    ({ attrs: { alpha, fitIntercept } }, x, y) => lassoRegression(x, y, { alpha, fitIntercept }),
    netObjective,
  ),
  elasticNet: regression(
    ({ attrs: { alpha, l1Ratio, fitIntercept } }, x, y) => elasticNetRegression(x, y, { alpha, l1Ratio, fitIntercept }),
    netObjective,
  ),
  logisticRegression: logistic,
});
