// Initialisers by name, and from their configuration.

import { resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import { constant, ones, zeros } from './constant.js';
import type { Initializer } from './initializer.js';
import { identity, orthogonal } from './matrices.js';
import { randomNormal, randomUniform, truncatedNormal } from './random.js';
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
} from './varianceScaling.js';

const NAMED = {
  zeros,
  ones,
  constant: ({ value }: { value: number }) => constant(value),
  randomUniform,
  randomNormal,
  truncatedNormal,
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  orthogonal,
  identity,
} satisfies Record<string, Maker<Initializer>>;

export type InitializerName = Exclude<keyof typeof NAMED, 'constant'>;
export const INITIALIZERS: Readonly<Record<string, Maker<Initializer>>> = NAMED;

/** The initialiser itself, the one of a name, or the one of a name with a configuration. */
export const resolveInitializer = (where: string, option: Initializer | InitializerName | NamedConfig): Initializer =>
  resolveNamed(where, 'initializer', option, NAMED);
