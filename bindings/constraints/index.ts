// Constraints by name, and from their configuration.

import { resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import type { Constraint } from './constraint.js';
import { nonNegative } from './nonNegative.js';
import { maxNorm, minMaxNorm, unitNorm, type NormOptions } from './norms.js';

const NAMED = {
  maxNorm: ({ maximum, ...rest }: { maximum?: number } & NormOptions) => maxNorm(maximum, rest),
  minMaxNorm,
  unitNorm,
  nonNegative,
} satisfies Record<string, Maker<Constraint>>;

export type ConstraintName = keyof typeof NAMED;
export const constraintNames: readonly string[] = Object.keys(NAMED);

/** A constraint, its name, or its name with a configuration. */
export type ConstraintOption = Constraint | ConstraintName | NamedConfig;

export const resolveConstraint = (where: string, option: ConstraintOption): Constraint =>
  resolveNamed(where, 'constraint', option, NAMED);
