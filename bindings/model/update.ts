// The second half of a training step: gradients of all parameters, clipping, and the optimiser's update.

import { differentiate } from '../graph/differentiate.js';
import type { Graph } from '../graph/graph.js';
import { FEEDS } from '../graph/program.js';
import type { Tensor } from '../graph/tensor.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { GRADIENTS, optimizerStateRegion, PARAMETERS, type ParameterLayout } from './parameters.js';

export function traceUpdate(
  graph: Graph,
  store: ParameterLayout,
  leaves: ReadonlyMap<string, Tensor>,
  loss: Tensor,
  optimizer: Optimizer,
): void {
  const used = store.trainable.flatMap(({ path }) => leaves.get(path) ?? []);
  const gradients = new Map(differentiate(loss, used).map((gradient, i) => [used[i]!, gradient]));
  for (const { path, shape } of store.trainable) {
    const leaf = leaves.get(path);
    const gradient = (leaf && gradients.get(leaf)) ?? graph.constant(0).broadcastTo(shape);
    graph.output(gradient, store.placement(GRADIENTS, path));
  }
  const flat = (region: string) => graph.leaf([store.trainableLength], 'float32', { region, byteOffset: 0 });
  const [weights, allGradients] = [flat(PARAMETERS), flat(GRADIENTS)];
  const hyper = graph.leaf([optimizer.hyper(1, 0).length], 'float32', { region: FEEDS, byteOffset: 0 });
  graph.withScope(optimizer.name, () =>
    optimizer.update({
      weights,
      gradients: allGradients,
      hyper,
      gradientScale: clippingFactor(graph, allGradients, optimizer.clipping.globalClipNorm),
      states: optimizer.states.map((name) => flat(optimizerStateRegion(name))),
    }),
  );
}

/** min(1, limit / norm): a factor for all gradients together. 1 for a norm of 0. */
function clippingFactor(graph: Graph, gradients: Tensor, limit: number | undefined): Tensor {
  if (limit === undefined) return graph.constant(1);
  const norm = gradients.sumOfSquares().sqrt();
  return graph.constant(limit).div(norm).minimum(1);
}
