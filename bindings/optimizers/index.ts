// Optimisers by name, with their default options.

import { unknownName } from '../runtime/suggest.js';
import { adam, adamw } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

const NAMED = { sgd, rmsprop, adam, adamw };

export type OptimizerName = keyof typeof NAMED;

export function resolveOptimizer(optimizer: Optimizer | OptimizerName): Optimizer {
  if (typeof optimizer !== 'string') return optimizer;
  return Object.hasOwn(NAMED, optimizer)
    ? NAMED[optimizer]()
    : unknownName('compile', 'optimizer', optimizer, Object.keys(NAMED));
}
