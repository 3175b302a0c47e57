// The recurrent cells: what each is called by the core, and one step of it written out of the graph's operators, for
// activations and dropout that the core's instruction does not have.

import type { RecurrentAttributes } from '../../graph/op.js';
import type { Tensor } from '../../graph/tensor.js';

/** What one step reads. */
export interface StepInputs {
  /** x kernel + bias: [batch, columns]. */
  projection: Tensor;
  /** The state as it goes through the recurrent kernel: with dropout. */
  hidden: Tensor;
  /** The state as it is carried. */
  h: Tensor;
  c: Tensor | undefined;
  kernel: Tensor;
  /** Recurrent bias, for gru. */
  bias: Tensor | undefined;
  activation: (x: Tensor) => Tensor;
  recurrentActivation: (x: Tensor) => Tensor;
}

export interface State {
  h: Tensor;
  c?: Tensor | undefined;
}

export interface Cell {
  name: RecurrentAttributes['cell'];
  /** Columns of the kernels in units. */
  gates: number;
  /** Whether the state has a second part, c. */
  hasCell: boolean;
  /** Whether the recurrent product has a bias of its own. */
  hasRecurrentBias: boolean;
  step(inputs: StepInputs): State;
}

/** The columns of one gate. */
function gateOf(x: Tensor, gate: number, gates: number): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const units = columns / gates;
  return x.slice([0, gate * units], [rows, units]);
}

function gruStep(inputs: StepInputs, isAfter: boolean): State {
  const { projection, hidden, h, kernel, bias, activation, recurrentActivation } = inputs;
  const product = hidden.matmul(kernel);
  const inner = bias ? product.add(bias) : product;
  const z = recurrentActivation(gateOf(projection, 0, 3).add(gateOf(inner, 0, 3)));
  const r = recurrentActivation(gateOf(projection, 1, 3).add(gateOf(inner, 1, 3)));
  const reset = isAfter ? r.mul(gateOf(inner, 2, 3)) : r.mul(hidden).matmul(gateOf(kernel, 2, 3));
  const candidate = activation(gateOf(projection, 2, 3).add(reset));
  return { h: z.mul(h).add(z.affine(-1, 1).mul(candidate)) };
}

export const CELLS: Readonly<Record<RecurrentAttributes['cell'], Cell>> = {
  simpleRNN: {
    name: 'simpleRNN',
    gates: 1,
    hasCell: false,
    hasRecurrentBias: false,
    step: ({ projection, hidden, kernel, activation }) => ({ h: activation(projection.add(hidden.matmul(kernel))) }),
  },
  lstm: {
    name: 'lstm',
    gates: 4,
    hasCell: true,
    hasRecurrentBias: false,
    step({ projection, hidden, c, kernel, activation, recurrentActivation }) {
      const sums = projection.add(hidden.matmul(kernel));
      const [i, f, o] = [0, 1, 3].map((gate) => recurrentActivation(gateOf(sums, gate, 4))) as [Tensor, Tensor, Tensor];
      const next = f.mul(c!).add(i.mul(activation(gateOf(sums, 2, 4))));
      return { h: o.mul(activation(next)), c: next };
    },
  },
  gru: {
    name: 'gru',
    gates: 3,
    hasCell: false,
    hasRecurrentBias: true,
    step: (inputs) => gruStep(inputs, true),
  },
  gruResetBefore: {
    name: 'gruResetBefore',
    gates: 3,
    hasCell: false,
    hasRecurrentBias: false,
    step: (inputs) => gruStep(inputs, false),
  },
};
