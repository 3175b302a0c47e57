// Which parameters of a network are kernels: large matrices and tables, by what the layers do with them. They are what a small
// file stores in fewer bits, and what products may read as int8.

import { Graph } from '../graph/graph.js';
import type { OpName } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { opRules } from '../ops/index.js';
import { DTypeError } from '../runtime/errors.js';
import type { Network } from './network.js';

export interface Kernel {
  /** Axis along which values share no scale: that of the outputs, or the rows of a table. */
  axis: number;
  /** Whether all products with it read it as int8, and are the faster for it. */
  runsAsInt8: boolean;
}

/** Which input of an op is a kernel. */
const KERNEL_INPUTS: Partial<Record<OpName, number>> = {
  matmul: 1,
  conv2d: 1,
  conv2dInputGradient: 1,
  recurrent: 1,
  gatherRows: 0,
};
/** Ops through which a kernel is still itself, or a part. */
const PASSING: readonly OpName[] = ['reshape', 'transpose', 'slice', 'section'];

/** Samples in a trace: not 1, which would stretch where a batch would not. */
const PROBE_BATCH = 2;

/** An op that reads a parameter, by which input, and whether the parameter reaches it with its last axis as it was. */
interface Use {
  consumer: Tensor;
  input: number;
  operand: Tensor;
  isWhole: boolean;
}

/** The kernels of a network by path. */
export function findKernels(network: Network): Map<string, Kernel> {
  const { graph, leaves } = traceParameters(network, new Set());
  const consumers = new Map<number, { consumer: Tensor; input: number }[]>();
  for (const consumer of graph.tensors) {
    consumer.inputs.forEach(({ id }, input) => {
      const known = consumers.get(id);
      if (known) known.push({ consumer, input });
      else consumers.set(id, [{ consumer, input }]);
    });
  }
  const usesOf = (operand: Tensor, isWhole = true): Use[] =>
    (consumers.get(operand.id) ?? []).flatMap(({ consumer, input }) => {
      if (!PASSING.includes(consumer.op)) return [{ consumer, input, operand, isWhole }];
      const keepsColumns = consumer.op === 'reshape' && consumer.shape.at(-1) === operand.shape.at(-1);
      return usesOf(consumer, isWhole && keepsColumns);
    });
  const kernels = new Map<string, Kernel>();
  for (const [path, leaf] of leaves) {
    const uses = usesOf(leaf);
    const asKernel = uses.filter(({ consumer, input }) => KERNEL_INPUTS[consumer.op] === input);
    if (leaf.rank < 2 || asKernel.length === 0) continue;
    const isTable = asKernel.some(({ consumer }) => consumer.op === 'gatherRows');
    const axis = isTable ? 0 : leaf.rank - 1;
    // A scale for each value or two would make the file larger.
    if (leaf.size <= 2 * leaf.shape[axis]!) continue;
    kernels.set(path, { axis, runsAsInt8: runsAsInt8(uses, usesOf) });
  }
  confirmInt8(network, kernels);
  return kernels;
}

function runsAsInt8(uses: readonly Use[], usesOf: (tensor: Tensor) => Use[]): boolean {
  const products = uses.filter(({ consumer, input, isWhole }) => isWhole && input === 1 && takesInt8(consumer));
  // A batch normalisation behind a product scales its kernel, unless it is int8.
  const isFold = ({ consumer }: Use): boolean =>
    consumer.op === 'multiply' &&
    usesOf(consumer).every(({ consumer: scaled, input }) =>
      products.some(
        ({ consumer: { op, inputs } }) => input === 1 && op === scaled.op && inputs[0] === scaled.inputs[0],
      ),
    );
  return products.length > 0 && uses.every((use) => products.includes(use) || isFold(use));
}

const takesInt8 = (node: Tensor): boolean => node.graph.rule(node.op).takesInt8?.(node) ?? false;

/** Layers of the user's own may do with a kernel what can't be seen in its uses: then none is read as int8. */
function confirmInt8(network: Network, kernels: ReadonlyMap<string, Kernel>): void {
  const paths = new Set([...kernels].filter(([, kernel]) => kernel.runsAsInt8).map(([path]) => path));
  try {
    traceParameters(network, paths);
  } catch (error) {
    if (!(error instanceof DTypeError)) throw error;
    for (const kernel of kernels.values()) kernel.runsAsInt8 = false;
  }
}

/** A trace of inference, with the leaf of every parameter by path. */
function traceParameters(network: Network, int8: ReadonlySet<string>) {
  const graph = new Graph(opRules);
  const leaves = new Map<string, Tensor>();
  const shapes = new Map(network.parameters.map(({ path, shape }) => [path, shape]));
  const placement = { region: 'probe', byteOffset: 0 };
  const parameter = (path: string): Tensor => {
    const known = leaves.get(path);
    if (known) return known;
    const leaf = graph.leaf(shapes.get(path)!, int8.has(path) ? 'int8' : 'float32', placement);
    leaves.set(path, leaf);
    return leaf;
  };
  const inputs = network.inputs.map(({ shape, dtype }) => graph.leaf([PROBE_BATCH, ...shape], dtype, placement));
  network.trace(graph, inputs, { training: false, stochastic: false, parameter, assign: () => undefined });
  return { graph, leaves };
}
