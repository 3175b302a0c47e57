// Tensors that nothing computes: leaves, which lie in a region, and constants and tables of them, which lie with
// the program.

import type { OpRule } from '../graph/op.js';

export const leafRule: OpRule<'leaf'> = {
  kind: 'source',
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
};

export const tableRule: OpRule<'table'> = {
  kind: 'source',
  infer: (_, { values }) => ({ shape: [values.length], dtype: 'float32' }),
};

export const constantRule: OpRule<'constant'> = {
  kind: 'source',
  infer: () => ({ shape: [], dtype: 'float32' }),
};
