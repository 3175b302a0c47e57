// Tensors that nothing computes: leaves, which lie in a region, and constants, which lie with the program.

import type { OpRule } from '../graph/op.js';

export const leafRule: OpRule<'leaf'> = {
  kind: 'source',
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
};

export const constantRule: OpRule<'constant'> = {
  kind: 'source',
  infer: () => ({ shape: [], dtype: 'float32' }),
};
