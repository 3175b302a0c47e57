// Optimiser updates over flat vectors, in place. Inputs of all: weights, gradients, hyper-parameters (in the order of the
// op's Hyper enum), gradient scale (the clipping factor, a scalar), then the states; then, if `hasAverage`, an average of the weights
// and its shares.
// Kernel twins: assembly/ops/sgdUpdate.ts, rmspropUpdate.ts, adamUpdate.ts.

import { AdamUpdateField, Opcode, RmspropUpdateField, SgdUpdateField, UpdateField } from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { LowerContext, OpRule } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { NO_VALUE } from './effects.js';

const FIRST_STATE = 4;

/** All fields of an update: those of every one, and its own. */
const SGD_LAYOUT = { ...UpdateField, ...SgdUpdateField };
const RMSPROP_LAYOUT = { ...UpdateField, ...RmspropUpdateField };
const ADAM_LAYOUT = { ...UpdateField, ...AdamUpdateField };

type Update = Tensor<'sgdUpdate' | 'rmspropUpdate' | 'adamUpdate'>;

/** The vectors behind the first inputs: states, and the average. */
function vectorsOf(node: Update): { states: readonly Tensor[]; average?: Tensor; shares?: Tensor } {
  const vectors = node.inputs.slice(FIRST_STATE);
  if (!node.attributes.hasAverage) return { states: vectors };
  const [average, shares] = vectors.slice(-2) as [Tensor, Tensor];
  return { states: vectors.slice(0, -2), average, shares };
}

/** What all updates have in common. */
const updateBase = {
  kind: 'effect',
  // All vectors but the gradients; the shares come last.
  writes: (node: Tensor) => {
    const end = node.inputs.length - Number((node as Update).attributes.hasAverage);
    return [0, ...node.inputs.map((_, i) => i).slice(FIRST_STATE, end)];
  },
  infer(inputs: readonly Tensor[], { hasAverage }: { hasAverage: boolean }) {
    const [weights, gradients, , , ...vectors] = inputs;
    for (const vector of [gradients!, ...(hasAverage ? vectors.slice(0, -1) : vectors)]) {
      if (vector.size === weights!.size) continue;
      throw new ShapeError(`${vector.describe()} is not as long as the weights, ${weights!.describe()}.`);
    }
    return NO_VALUE;
  },
} as const;

function commonFields(node: Tensor, { address }: LowerContext) {
  const [weights, gradients, hyper, gradientScale] = node.inputs as [Tensor, Tensor, Tensor, Tensor];
  const { average, shares } = vectorsOf(node as Update);
  return {
    weightsPointer: address(weights),
    gradientsPointer: address(gradients),
    hyperPointer: address(hyper),
    gradientScalePointer: address(gradientScale),
    count: weights.size,
    averagePointer: average ? address(average) : 0,
    averageSharesPointer: shares ? address(shares) : 0,
  };
}

/** Addresses of the states that a variant has, in their order; 0 for those it lacks. */
function stateAddresses(node: Tensor, { address }: LowerContext, present: readonly boolean[]): number[] {
  const { states } = vectorsOf(node as Update);
  let next = 0;
  return present.map((isPresent) => (isPresent ? address(states[next++]!) : 0));
}

/** States: velocity, or none. */
export const sgdUpdateRule: OpRule<'sgdUpdate'> = {
  ...updateBase,
  flops: (node) => node.inputs[0]!.size * 6,
  lower([node], context) {
    const [velocityPointer] = stateAddresses(node!, context, [vectorsOf(node as Update).states.length > 0]);
    const isNesterov = Number((node as Tensor<'sgdUpdate'>).attributes.isNesterov);
    const fields = { ...commonFields(node!, context), velocityPointer: velocityPointer!, isNesterov };
    return [encode(Opcode.sgdUpdate, SGD_LAYOUT, fields)];
  },
};

/** States: mean square, then mean if centred, then momentum if any. */
export const rmspropUpdateRule: OpRule<'rmspropUpdate'> = {
  ...updateBase,
  flops: (node) => node.inputs[0]!.size * 10,
  lower([node], context) {
    const { isEpsilonInside, isCentered, hasMomentum } = (node as Tensor<'rmspropUpdate'>).attributes;
    const [meanSquare, mean, momentum] = stateAddresses(node!, context, [true, isCentered, hasMomentum]);
    return [
      encode(Opcode.rmspropUpdate, RMSPROP_LAYOUT, {
        ...commonFields(node!, context),
        meanSquarePointer: meanSquare!,
        meanPointer: mean!,
        momentumPointer: momentum!,
        isEpsilonInside: Number(isEpsilonInside),
      }),
    ];
  },
};

/** States: first moment, second moment, and for AMSGrad the maximum of the second. */
export const adamUpdateRule: OpRule<'adamUpdate'> = {
  ...updateBase,
  flops: (node) => node.inputs[0]!.size * 14,
  lower([node], context) {
    const { isAmsgrad } = (node as Tensor<'adamUpdate'>).attributes;
    const [firstMoment, secondMoment, maximum] = stateAddresses(node!, context, [true, true, isAmsgrad]);
    return [
      encode(Opcode.adamUpdate, ADAM_LAYOUT, {
        ...commonFields(node!, context),
        firstMomentPointer: firstMoment!,
        secondMomentPointer: secondMoment!,
        maximumPointer: maximum!,
      }),
    ];
  },
};
