import type { Model } from '../model.js';

/** Copies of all parameters, those that are not trained (moving moments, states) included. */
export const copyParameters = (model: Model): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(model.parameters()).map(([path, values]) => [path, values.slice()]));
