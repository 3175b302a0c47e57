// Embedding look-ups and their gradients, against the references.

import { embedding, statelessCall } from '../../../bindings/index.js';
import { operation } from '../operation.js';
import { goldenFamily } from '../suite.js';

interface EmbeddingAttributes {
  op: string;
  vocab: number;
  dim: number;
}

export const family = goldenFamily<EmbeddingAttributes>('embedding', {
  embedding: operation(
    ({ ids, table }, { attrs: { vocab, dim } }) =>
      statelessCall(embedding(vocab, dim), [ids!], { parameters: { embeddings: table! } }).outputs[0]!,
  ),
});
