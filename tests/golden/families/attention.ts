// Attention against its references: outputs, weights and gradients.

import { multiHeadAttention, scaledDotProductAttention, statelessCall } from '../../../bindings/index.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { assertAllClose, tensorOf } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface AttentionAttributes {
  op: string;
  heads: number;
  causal: boolean;
}

const sdpa: Runner<AttentionAttributes> = (reference) => {
  const { cotangent, ...inputs } = reference.inputs;
  const { outputs, gradients } = evaluateGraph(
    inputs,
    ({ q, k, v, mask }) => {
      const { output, weights } = scaledDotProductAttention(q!, k!, v!, { causal: reference.attrs.causal, mask });
      return { y: output, weights };
    },
    { cotangents: { y: cotangent ?? tensorOf(reference.inputs, 'cotangent') } },
  );
  assertAllClose(reference, 'outputs', outputs, reference.outputs);
  assertAllClose(reference, 'grads', gradients, reference.grads);
};

const PROJECTIONS = { q: 'query', k: 'key', v: 'value', o: 'output' } as const;

const mha: Runner<AttentionAttributes> = (reference) => {
  const { heads, causal } = reference.attrs;
  const { cotangent, ...inputs } = reference.inputs;
  const attention = multiHeadAttention(heads, { causal, returnAttentionScores: true });
  const { outputs, gradients } = evaluateGraph(
    inputs,
    (leaves) => {
      const parameters = Object.fromEntries(
        Object.entries(PROJECTIONS).flatMap(([letter, name]) => [
          [`${name}Kernel`, leaves[`W${letter}`]!],
          [`${name}Bias`, leaves[`b${letter}`]!],
        ]),
      );
      const called = statelessCall(attention, [leaves.x!], { parameters, masks: [leaves.keyMask] });
      return { y: called.outputs[0]!, weights: called.outputs[1]! };
    },
    { cotangents: { y: cotangent ?? tensorOf(reference.inputs, 'cotangent') } },
  );
  assertAllClose(reference, 'outputs', outputs, reference.outputs);
  assertAllClose(reference, 'grads', gradients, reference.grads);
};

export const family = goldenFamily<AttentionAttributes>('attention', { sdpa, mha });
