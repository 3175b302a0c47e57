// Initialisers by name.

import { unknownName } from '../runtime/suggest.js';
import { ones, zeros } from './constant.js';
import type { Initializer } from './initializer.js';
import { glorotNormal, glorotUniform, heNormal, heUniform, randomNormal, randomUniform } from './random.js';

const NAMED = { zeros, ones, glorotUniform, glorotNormal, heUniform, heNormal, randomUniform, randomNormal };

export type InitializerName = keyof typeof NAMED;

/** The initialiser itself, or the one of a name. */
export function resolveInitializer(where: string, initializer: Initializer | InitializerName): Initializer {
  if (typeof initializer !== 'string') return initializer;
  return Object.hasOwn(NAMED, initializer)
    ? NAMED[initializer]()
    : unknownName(where, 'initializer', initializer, Object.keys(NAMED));
}
