// Traces a layer by itself on tensors and parameters of the caller's, as in training.

import { statelessCall, type AnyLayer, type Tensor } from '../../bindings/index.js';

/** The first output of `layer` for `inputs` (batch axis in front); `parameters` must be those that it declares. */
export const callLayer = (
  layer: AnyLayer,
  inputs: readonly Tensor[],
  parameters: Readonly<Record<string, Tensor>> = {},
): Tensor => statelessCall(layer, inputs, { parameters, training: true }).outputs[0]!;
