// Reverse-mode differentiation on the graph: adds the nodes that compute d loss / d each wanted tensor.

import { ShapeError, StateError } from '../runtime/errors.js';
import { formatShape, sameShape } from './shape.js';
import type { Tensor } from './tensor.js';

/**
 * Gradients of the scalar `loss` with respect to `wanted`; `undefined` where the loss does not depend on a tensor.
 * A tensor used at several places gets the sum, added in reverse order of the trace.
 */
export function differentiate(loss: Tensor, wanted: readonly Tensor[]): (Tensor | undefined)[] {
  if (loss.rank !== 0) {
    throw new ShapeError(
      `Only a scalar can be differentiated, got ${loss.describe()}. Take its sum() or mean() first.`,
    );
  }
  const graph = loss.graph;
  const dependsOnWanted = new Set<number>(wanted.map((tensor) => tensor.id));
  for (const tensor of graph.tensors.slice(0, loss.id + 1)) {
    if (tensor.inputs.some((input) => dependsOnWanted.has(input.id))) dependsOnWanted.add(tensor.id);
  }
  const gradients = new Map<number, Tensor>([[loss.id, graph.constant(1)]]);
  for (let id = loss.id; id >= 0; id--) {
    const gradient = gradients.get(id);
    const node = graph.tensors[id]!;
    if (gradient === undefined || node.inputs.length === 0 || !dependsOnWanted.has(id)) continue;
    graph.withScope(`${node.scope || node.op}'`, () => propagate(node, gradient, dependsOnWanted, gradients));
  }
  return wanted.map((tensor) => gradients.get(tensor.id));
}

function propagate(
  node: Tensor,
  outputGradient: Tensor,
  dependsOnWanted: ReadonlySet<number>,
  gradients: Map<number, Tensor>,
): void {
  const rule = node.graph.rule(node.op);
  if (!rule.gradient) {
    throw new StateError(
      `${node.describe()} has no gradient, but a parameter lies behind it. ` +
        'Keep argMax, comparisons and rounding out of the loss.',
    );
  }
  const inputGradients = rule.gradient(node, outputGradient);
  node.inputs.forEach((input, i) => {
    const gradient = inputGradients[i];
    if (gradient === undefined || !dependsOnWanted.has(input.id)) return;
    if (!sameShape(gradient.shape, input.shape)) {
      throw new ShapeError(
        `The gradient of ${node.describe()} for its input ${i} has shape ${formatShape(gradient.shape)}, ` +
          `expected ${formatShape(input.shape)}.`,
      );
    }
    const sum = gradients.get(input.id);
    gradients.set(input.id, sum ? sum.add(gradient) : gradient);
  });
}

/** Sums a gradient over the axes along which `shape` was stretched to the gradient's shape. */
export function sumToShape(gradient: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((side, axis) =>
    axis < lead || (shape[axis - lead] === 1 && side !== 1) ? [axis] : [],
  );
  return gradient.sum({ axis: axes }).reshape(shape);
}
