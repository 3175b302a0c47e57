// Regularisers by name, and from their configuration.

import { resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import { groupLasso } from './groupLasso.js';
import { elasticNet, l1, l1l2, l2 } from './l1l2.js';
import { orthogonalRegularizer } from './orthogonal.js';
import type { Regularizer } from './regularizer.js';

type OptionsOf<F extends (...given: never[]) => unknown> = Parameters<F>[1];

/** Each from its configuration; without one, with a factor of 0.01, as in Keras. */
const NAMED = {
  l1: ({ lambda = 0.01, ...rest }: { lambda?: number } & OptionsOf<typeof l1>) => l1(lambda, rest),
  l2: ({ lambda = 0.01, ...rest }: { lambda?: number } & OptionsOf<typeof l2>) => l2(lambda, rest),
  l1l2,
  elasticNet: ({ alpha = 0.01, ...rest }: { alpha?: number } & OptionsOf<typeof elasticNet>) => elasticNet(alpha, rest),
  groupLasso: ({ lambda = 0.01, ...rest }: { lambda?: number } & OptionsOf<typeof groupLasso>) =>
    groupLasso(lambda, rest),
  orthogonalRegularizer: ({ lambda = 0.01, ...rest }: { lambda?: number } & OptionsOf<typeof orthogonalRegularizer>) =>
    orthogonalRegularizer(lambda, rest),
} satisfies Record<string, Maker<Regularizer>>;

export type RegularizerName = keyof typeof NAMED;
export const regularizerNames: readonly string[] = Object.keys(NAMED);

/** A regulariser, its name, or its name with a configuration. */
export type RegularizerOption = Regularizer | RegularizerName | NamedConfig;

export const resolveRegularizer = (where: string, option: RegularizerOption): Regularizer =>
  resolveNamed(where, 'regularizer', option, NAMED);
