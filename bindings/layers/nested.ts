// Layers inside a layer: their parameters are the outer layer's, under a prefix.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { callLayer, type AnyLayer, type BuildContext, type CallContext, type Layer } from './layer.js';

/** Declares the parameters of `inner` as `prefix` + name. */
export function buildNested(
  context: BuildContext,
  inner: AnyLayer,
  prefix: string,
  inputShapes: readonly Shape[],
): void {
  inner.build(inputShapes);
  for (const { name, shape, initializer, ...options } of inner.parameters) {
    context.parameter(prefix + name, shape, initializer, options);
  }
}

/** Traces `inner` with the parameters declared under `prefix`. Masks and penalties are those of the outer layer. */
export function callNested(
  context: CallContext,
  inner: AnyLayer,
  prefix: string,
  inputs: readonly Tensor[],
): readonly Tensor[] {
  const { outputs } = callLayer(inner, inner.definition.name ?? inner.definition.kind, inputs, {
    ...context,
    parameter: (name) => context.parameter(prefix + name),
    assign: (name, value) => context.assign(prefix + name, value),
  });
  return outputs;
}

/** Names for the parameters of a chain's layers: `dense/`, `dense_2/` ... */
export function chainPrefixes(layers: readonly Layer[]): string[] {
  const counts = new Map<string, number>();
  return layers.map(({ definition: { kind, name = kind } }) => {
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    return number === 1 ? `${name}/` : `${name}_${number}/`;
  });
}
