// The common form of a case of one operation: output `y`, and the gradients of sum(y * cotangent).

import type { Tensor } from '../../bindings/graph/tensor.js';
import { evaluateGraph } from '../support/evaluateGraph.js';
import { assertAllClose, tensorOf, type GoldenCase } from './fixture.js';
import type { Runner } from './suite.js';

/** Compares what `build` makes of the inputs with the outputs and gradients of a case. */
export const operation =
  <A extends { op: string }>(
    build: (inputs: Readonly<Record<string, Tensor>>, reference: GoldenCase<A>) => Tensor,
  ): Runner<A> =>
  (reference) => {
    const { cotangent, ...inputs } = reference.inputs;
    const cotangents = { y: cotangent ?? tensorOf(reference.inputs, 'cotangent') };
    const { outputs, gradients } = evaluateGraph(inputs, (leaves) => ({ y: build(leaves, reference) }), { cotangents });
    assertAllClose(reference, 'outputs', outputs, reference.outputs);
    assertAllClose(reference, 'grads', gradients, reference.grads);
  };
