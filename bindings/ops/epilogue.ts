// What the kernels of products do to finished rows: add a bias and apply an activation.

import { ElementwiseOp } from '../../assembly/opcodes.js';
import { float32Word, type Word } from '../graph/encode.js';
import type { ElementwiseName, OpName } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';

/** Activations that the kernels apply, and their parameter. */
const EPILOGUES: Partial<Record<OpName, (node: Tensor) => Word>> = {
  relu: () => 0,
  leakyRelu: (node) => float32Word((node as Tensor<'leakyRelu'>).attributes.slope),
  elu: (node) => float32Word((node as Tensor<'elu'>).attributes.alpha),
  sigmoid: () => 0,
  tanh: () => 0,
  gelu: () => 0,
  geluTanh: () => 0,
  silu: () => 0,
  softplus: () => 0,
};

/** Whether the product that `members` begin with takes a bias or an activation in (see `OpRule.absorb`). */
export function absorbEpilogue(members: readonly Tensor[], consumer: Tensor): boolean {
  const product = members[0]!;
  if (consumer.size !== product.size || consumer.rank !== product.rank) return false;
  if (members.length === 1 && consumer.op === 'add') return biasOf(product, consumer) !== undefined;
  return consumer.op in EPILOGUES && !members.some((member) => member.op in EPILOGUES);
}

/** The fields of an instruction that say what was taken in. */
export function epilogueFields(
  members: readonly Tensor[],
  address: (tensor: Tensor) => number,
): Record<'biasPointer' | 'activation' | 'activationParameter', Word> {
  const sum = members.find((member) => member.op === 'add');
  const activation = members.find((member) => member.op in EPILOGUES);
  return {
    biasPointer: sum ? address(biasOf(members[0]!, sum)!) : 0,
    activation: activation ? ElementwiseOp[activation.op as ElementwiseName] + 1 : 0,
    activationParameter: activation ? EPILOGUES[activation.op]!(activation) : 0,
  };
}

/** The operand of `sum` that is one value a column of the product, if that is what it adds. */
function biasOf(product: Tensor, sum: Tensor): Tensor | undefined {
  const other = sum.inputs.find((input) => input !== product);
  const columns = product.shape.at(-1)!;
  return other && other.size === columns && other.shape.at(-1) === columns ? other : undefined;
}
