// How a trace reads and changes parameters: one leaf for each, however often it is used, and new values held back until the
// step is known to have succeeded.

import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { PARAMETERS, type ParameterLayout } from './parameters.js';

export class ParameterAccess {
  /** Leaves of the parameters that were read, by path. */
  readonly leaves = new Map<string, Tensor>();
  private readonly assigned = new Map<string, Tensor>();

  constructor(
    readonly graph: Graph,
    private readonly layout: ParameterLayout,
  ) {}

  /** For `Network.trace`. A layer that is called again reads what its last call assigned. */
  readonly functions = {
    parameter: (path: string): Tensor => this.assigned.get(path) ?? this.read(path),
    assign: (path: string, value: Tensor): void => void this.assigned.set(path, value),
  };

  /** The value that the parameter has in memory. */
  read(path: string): Tensor {
    const known = this.leaves.get(path);
    if (known) return known;
    const leaf = this.leaf(path);
    this.leaves.set(path, leaf);
    return leaf;
  }

  private leaf(path: string): Tensor {
    const int8 = this.layout.int8.get(path);
    if (int8) return this.graph.leaf(int8.shape, 'int8', int8.placement);
    return this.graph.leaf(this.layout.segment(path).shape, 'float32', this.layout.placement(PARAMETERS, path));
  }

  /** Writes what was assigned. */
  writeAssigned(): void {
    for (const [path, value] of this.assigned) this.graph.emit('assign', [this.read(path), value], {});
  }
}
