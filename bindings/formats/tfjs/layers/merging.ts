import type { LayerKind } from '../../../layers/index.js';
import type { Translation } from '../translation.js';

const merge = (kind: LayerKind, className: string, options: readonly string[] = []): Translation => ({
  kind,
  className,
  options,
});

export const MERGES: readonly Translation[] = [
  merge('add', 'Add'),
  // Keras has it, TensorFlow.js does not.
  { ...merge('subtract', 'Subtract'), isWritten: false },
  merge('multiply', 'Multiply'),
  merge('average', 'Average'),
  merge('maximum', 'Maximum'),
  merge('minimum', 'Minimum'),
  merge('concat', 'Concatenate', ['axis']),
  merge('dot', 'Dot', ['axes', 'normalize']),
];
