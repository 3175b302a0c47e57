// Scaled dot-product attention, out of the graph's operators.

import { formatShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { ShapeError } from '../runtime/errors.js';

export interface AttentionOptions {
  /** 1 where a query may attend to a key, 0 where not; broadcasts to [..., queries, keys]. */
  mask?: Tensor | undefined;
  /** Whether a query sees only the keys up to its own position. */
  causal?: boolean;
  /** Applied to the weights before they average the values. */
  dropout?: (weights: Tensor) => Tensor;
}

/** Where a key is hidden, its score becomes this: e^score is then 0, and a row of nothing but hidden keys stays finite. */
const HIDDEN_SCORE = -1e9;

/** [queries, keys] with 1 where the key is not behind the query. */
function causalMask(like: Tensor, queries: number, keys: number): Tensor {
  const { graph } = like;
  return graph.iota([queries, 1]).greaterEqual(graph.iota([1, keys]));
}

/**
 * softmax(q k^T / sqrt(d)) v. Masks say what to keep. Vaswani et al. 2017.
 *
 * Shapes: q [..., queries, d], k [..., keys, d], v [..., keys, width]; output [..., queries, width], weights
 * [..., queries, keys].
 *
 * @throws ShapeError if q and k differ in width, or k and v in length.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { mask, causal = false, dropout }: AttentionOptions = {},
): { output: Tensor; weights: Tensor } {
  const width = q.shape.at(-1)!;
  const [queries, keys] = [q.shape.at(-2)!, k.shape.at(-2)!];
  if (k.shape.at(-1) !== width || v.shape.at(-2) !== keys) {
    throw new ShapeError(
      `attention: query ${formatShape(q.shape)}, key ${formatShape(k.shape)} and value ${formatShape(v.shape)} do not ` +
        'fit. Query and key need one width (the last axis), key and value one length (the axis before it).',
    );
  }
  let scores = q.matmul(k, { transposeB: true }).mul(1 / Math.sqrt(width));
  if (causal) scores = causalMask(q, queries, keys).where(scores, HIDDEN_SCORE);
  if (mask) scores = mask.where(scores, HIDDEN_SCORE);
  const weights = scores.softmax();
  return { output: (dropout?.(weights) ?? weights).matmul(v), weights };
}
