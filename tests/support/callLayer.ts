// Traces a layer by itself on tensors and parameters of the caller's.

import type { Tensor } from '../../bindings/graph/tensor.js';
import { callLayer as traceLayer, type Layer } from '../../bindings/layers/layer.js';

/** The output of `layer` for `inputs` (batch axis in front); `parameters` must be those that it declares, in name and shape. */
export function callLayer(
  layer: Layer,
  inputs: readonly Tensor[],
  parameters: Readonly<Record<string, Tensor>> = {},
): Tensor {
  layer.build(inputs.map((input) => input.shape.slice(1)));
  for (const { name, shape } of layer.parameters) {
    if (parameters[name]?.shape.join() === shape.join()) continue;
    throw new Error(
      `${layer.definition.kind} wants parameter ${name} [${shape.join(', ')}], got ${parameters[name]?.describe()}`,
    );
  }
  const { outputs } = traceLayer(layer, layer.definition.kind, inputs, {
    graph: inputs[0]!.graph,
    training: true,
    stochastic: true,
    parameter: (name) => parameters[name]!,
    assign: () => undefined,
    mask: () => undefined,
    setMask: () => undefined,
    addLoss: () => undefined,
  });
  return outputs[0]!;
}
