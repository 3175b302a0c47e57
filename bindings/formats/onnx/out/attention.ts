// Masks and attention.

import { Value } from './builder.js';
import type { LayerToWrite, LayerWriter } from './call.js';
import { project } from './linear.js';

const HIDDEN_SCORE = -1e9;

const masking: LayerWriter = ({ builder, config, inputs, setMask }) => {
  const x = builder.plain(inputs[0]!);
  const isValue = builder.op('Equal', [x, builder.floats([config.maskValue as number])]);
  const counts = builder.op('ReduceMax', [builder.op('Cast', [builder.op('Not', [isValue])], { to: 1 })], {
    axes: [-1],
  });
  setMask(builder.op('Squeeze', [counts, builder.ints([2])]));
  const keep = builder.op('Cast', [counts], { to: 9 });
  return builder.value(builder.op('Where', [keep, x, builder.floats([0])]), inputs[0]!.shape);
};

/** [batch, length, heads width] as [batch, heads, length, width]. */
function split({ builder }: LayerToWrite, x: Value, heads: number): Value {
  const [length, columns] = x.shape as [number, number];
  const apart = builder.reshape(x, [length, heads, columns / heads]);
  return apart.viewed([heads, length, columns / heads], (order) => order.map((axis) => [0, 2, 1, 3][axis]!));
}

/** A mask [batch, keys] or [batch, queries, keys], true where scores count, for [batch, heads, queries, keys]. */
const forScores = ({ builder }: LayerToWrite, mask: string, rank: number): string =>
  builder.op('Unsqueeze', [builder.op('Cast', [mask], { to: 9 }), builder.ints(rank === 2 ? [1, 2] : [1])]);

const multiHeadAttention: LayerWriter = (call) => {
  const { builder, config, inputs, has, mask, outputShapes } = call;
  const heads = config.heads as number;
  const given = config.maskInput === true ? inputs.at(-1)! : undefined;
  const [query, value = query, key = value] = (given ? inputs.slice(0, -1) : inputs) as Value[];
  const projected = (x: Value, name: string): Value =>
    split(call, project(call, x, `${name}Kernel`, has(`${name}Bias`) ? `${name}Bias` : undefined), heads);
  const [q, k, v] = [projected(query!, 'query'), projected(key!, 'key'), projected(value!, 'value')];
  const [queries, keys, width] = [q.shape[1]!, k.shape[1]!, q.shape[2]!];
  const hide = (scores: string, keep: string) => builder.op('Where', [keep, scores, builder.floats([HIDDEN_SCORE])]);

  let scores = builder.op('MatMul', [builder.plain(q), builder.in(k, [0, 1, 3, 2])]);
  scores = builder.op('Mul', [scores, builder.floats([1 / Math.sqrt(width)])]);
  if (config.causal === true) {
    const sees = Array.from({ length: queries * keys }, (_, i) => i % keys <= Math.floor(i / keys));
    scores = hide(scores, builder.flags(sees, [queries, keys]));
  }
  const ofValue = mask(inputs.length - Number(given !== undefined) > 1 ? 1 : 0);
  if (given) scores = hide(scores, forScores(call, builder.plain(given), given.rank));
  if (ofValue !== undefined) scores = hide(scores, forScores(call, ofValue, 2));
  const weights = builder.op('Softmax', [scores], { axis: 3 });
  const heard = builder.op('MatMul', [weights, builder.plain(v)]);
  // Heads behind the queries again, and side by side.
  const mixed = new Value([queries, heads, v.shape[2]!], { order: [0, 2, 1, 3], name: heard });
  const joined = builder.reshape(mixed, [queries, heads * v.shape[2]!]);
  const result = project(call, joined, 'outputKernel', has('outputBias') ? 'outputBias' : undefined);
  return config.returnAttentionScores === true ? [result, builder.value(weights, outputShapes[1]!)] : result;
};

export const attention = { masking, multiHeadAttention } satisfies Record<string, LayerWriter>;
