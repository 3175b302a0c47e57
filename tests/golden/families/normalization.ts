// Normalisation layers against their references: values, gradients, and the moving moments that a step leaves.

import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  statelessCall,
  type AnyLayer,
  type Tensor,
} from '../../../bindings/index.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { assertAllClose, tensorOf, type GoldenCase } from '../fixture.js';
import { operation } from '../operation.js';
import { goldenFamily, type Runner } from '../suite.js';

interface NormalizationAttributes {
  op: string;
  training: boolean;
  epsilon: number;
  momentum: number;
  axes: number[];
  groups: number;
}

const ESTIMATES = { biased: 'newMovingVarBiased', unbiased: 'newMovingVarUnbiased' } as const;

/** One call; in training it must leave the reference's moments, with the variance estimated as asked. */
function runBatchNorm(reference: GoldenCase<NormalizationAttributes>, varianceEstimate: keyof typeof ESTIMATES): void {
  const { training, epsilon, momentum } = reference.attrs;
  const { cotangent, ...inputs } = reference.inputs;
  const normalization = batchNormalization({ epsilon, momentum, varianceEstimate });
  const { outputs, gradients } = evaluateGraph(
    inputs,
    ({ x, gamma, beta, movingMean, movingVar }): Record<string, Tensor> => {
      const parameters = { gamma: gamma!, beta: beta!, movingMean: movingMean!, movingVariance: movingVar! };
      const { outputs: values, assigned } = statelessCall(normalization, [x!], { training, parameters });
      if (!training) return { y: values[0]! };
      return {
        y: values[0]!,
        newMovingMean: assigned.movingMean!,
        [ESTIMATES[varianceEstimate]]: assigned.movingVariance!,
      };
    },
    { cotangents: { y: cotangent ?? tensorOf(reference.inputs, 'cotangent') } },
  );
  const other = varianceEstimate === 'biased' ? ESTIMATES.unbiased : ESTIMATES.biased;
  const expected = Object.fromEntries(Object.entries(reference.outputs).filter(([name]) => name !== other));
  assertAllClose(reference, 'outputs', outputs, expected);
  assertAllClose(reference, 'grads', gradients, reference.grads);
}

const batchNorm: Runner<NormalizationAttributes> = (reference) => {
  runBatchNorm(reference, 'biased');
  runBatchNorm(reference, 'unbiased');
};

const layerOf = (make: (attributes: NormalizationAttributes) => AnyLayer): Runner<NormalizationAttributes> =>
  operation(
    ({ x, ...parameters }, { attrs }) => statelessCall(make(attrs), [x!], { parameters, training: true }).outputs[0]!,
  );

export const family = goldenFamily<NormalizationAttributes>('normalization', {
  batchNorm,
  layerNorm: layerOf(({ axes, epsilon }) => layerNormalization({ axis: axes, epsilon })),
  groupNorm: layerOf(({ groups, epsilon }) => groupNormalization({ groups, epsilon })),
});
