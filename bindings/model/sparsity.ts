// How sparse a model is: what penalties with a proximal map are for.

import { PARAMETERS, type ParameterStore } from './parameters.js';

/** The share of values that are exactly 0, for each parameter by its path. */
export function sparsityOf(store: ParameterStore): Record<string, number> {
  const shareOfZeros = (values: Float32Array) =>
    values.reduce((zeros, value) => zeros + Number(value === 0), 0) / values.length;
  return Object.fromEntries(
    Object.entries(store.views(PARAMETERS)).map(([path, values]) => [path, shareOfZeros(values)]),
  );
}
