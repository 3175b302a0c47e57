// Penalties and their gradients against their references.

import {
  elasticNet,
  groupLasso,
  l1,
  l1l2,
  l2,
  orthogonalRegularizer,
  type Regularizer,
} from '../../../bindings/index.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { assertAllClose } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface RegularizerAttributes {
  op: string;
  /** Name of the form. */
  variant: string;
  lambda: number;
  l1: number;
  l2: number;
  alpha: number;
  l1Ratio: number;
}

const penalty =
  (make: (attributes: RegularizerAttributes) => Regularizer): Runner<RegularizerAttributes> =>
  (reference) => {
    const regularizer = make(reference.attrs);
    const { outputs, gradients } = evaluateGraph(reference.inputs, ({ w }) => ({ penalty: regularizer.penalty(w!) }), {
      cotangents: { penalty: { shape: [], data: [1] } },
    });
    assertAllClose(reference, 'outputs', outputs, reference.outputs);
    assertAllClose(reference, 'grads', gradients, reference.grads);
  };

export const family = goldenFamily<RegularizerAttributes>(
  'regularizers',
  {
    l1: penalty(({ lambda }) => l1(lambda)),
    l2_sum: penalty(({ lambda }) => l2(lambda)),
    l2_half: penalty(({ lambda }) => l2(lambda, { half: true })),
    elasticNet: penalty((factors) => l1l2({ l1: factors.l1, l2: factors.l2 })),
    elasticNet_sklearn: penalty(({ alpha, l1Ratio }) => elasticNet(alpha, { l1Ratio })),
    groupLasso_rows: penalty(({ lambda }) => groupLasso(lambda)),
    groupLasso_rows_sqrtSize: penalty(({ lambda }) => groupLasso(lambda, { scaleBySize: true })),
    orthogonal_columns: penalty(({ lambda }) => orthogonalRegularizer(lambda, { form: 'columns' })),
    orthogonal_rows: penalty(({ lambda }) => orthogonalRegularizer(lambda, { form: 'rows' })),
    orthogonal_keras_rows: penalty(({ lambda }) => orthogonalRegularizer(lambda, { form: 'cosineRows' })),
  },
  ({ variant }) => variant,
);
