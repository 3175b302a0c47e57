// What an initialiser is: an expression of the graph for a parameter's first value, computed once by the core.

import type { Graph } from '../graph/graph.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

export interface Initializer {
  /** Name under which it can be given as a string. */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  create(graph: Graph, shape: Shape): Tensor;
}

/**
 * Number of inputs and outputs of a kernel [..., in, out]: leading axes (the window of a convolution) count to both.
 * A vector is its own fan-in and fan-out.
 */
export function fansOf(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const window = shape.slice(0, -2).reduce((product, side) => product * side, 1);
  return { fanIn: window * shape.at(-2)!, fanOut: window * shape.at(-1)! };
}
