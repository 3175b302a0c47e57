// Optimisers by name, with their default options.

import { OptionError } from '../runtime/errors.js';
import { describeValue, unknownName } from '../runtime/suggest.js';
import { adam, adamw } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

const NAMED = { sgd, rmsprop, adam, adamw };

export type OptimizerName = keyof typeof NAMED;

export function resolveOptimizer(optimizer: Optimizer | OptimizerName): Optimizer {
  if (typeof optimizer !== 'string') {
    if (typeof optimizer?.update === 'function') return optimizer;
    const hint = typeof optimizer === 'function' ? ' Did you forget to call its factory?' : '';
    throw new OptionError(`compile: optimizer must be a name or an optimizer, got ${describeValue(optimizer)}.${hint}`);
  }
  return Object.hasOwn(NAMED, optimizer)
    ? NAMED[optimizer]()
    : unknownName('compile', 'optimizer', optimizer, Object.keys(NAMED));
}
