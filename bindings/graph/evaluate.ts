// Computes tensors that depend on nothing, outside any model: for initialisers, utilities and tests.

import type { Runtime } from '../runtime/runtime.js';
import { runGraph, type RandomState } from './runGraph.js';
import type { Tensor } from './tensor.js';

/** The values of `tensors`, which must depend on no leaf. */
export function evaluate(
  runtime: Runtime,
  tensors: readonly Tensor[],
  random: RandomState = { seed: 0 },
): Float32Array[] {
  const wanted = new Map(tensors.map((tensor, i) => [`result ${i}`, tensor]));
  const results = runGraph(runtime, tensors[0]!.graph, new Map(), wanted, random);
  return Array.from(results.values(), ({ data }) => data as Float32Array);
}
