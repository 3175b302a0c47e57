// Optimisers by name, with their default options, and from their configuration.

import { OptionError } from '../runtime/errors.js';
import { configOf, resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import { describeValue } from '../runtime/suggest.js';
import { rateFromConfig } from '../schedules/index.js';
import { scheduleConfig, type Schedule } from '../schedules/schedule.js';
import { adadelta } from './adadelta.js';
import { adagrad } from './adagrad.js';
import { adam, adamw } from './adam.js';
import { adamax } from './adamax.js';
import { ema, type EmaOptions } from './ema.js';
import { lamb } from './lamb.js';
import { lion } from './lion.js';
import { lookahead, type LookaheadOptions } from './lookahead.js';
import { nadam } from './nadam.js';
import type { Optimizer, ParameterGroup } from './optimizer.js';
import { radam } from './radam.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';
import { swa, type SwaOptions } from './swa.js';

const NAMED = { adadelta, adagrad, adam, adamax, adamw, lamb, lion, nadam, radam, rmsprop, sgd };

export type OptimizerName = keyof typeof NAMED;

export const optimizerNames = Object.keys(NAMED) as OptimizerName[];

export function resolveOptimizer(optimizer: Optimizer | OptimizerName | NamedConfig): Optimizer {
  if (typeof optimizer === 'function') {
    throw new OptionError(
      `compile: optimizer must be a name or an optimizer, got ${describeValue(optimizer)}. Did you forget to call its factory?`,
    );
  }
  if (optimizer !== null && typeof optimizer === 'object' && 'update' in optimizer) return optimizer;
  return resolveNamed('compile', 'optimizer', optimizer, optimizerMakers);
}

/** Options that may hold what JSON does not know, and how they are written and read. */
const SPECIAL: Readonly<Record<string, { write(where: string, value: never): unknown; read(value: never): unknown }>> =
  {
    learningRate: { write: writeSchedule, read: rateFromConfig },
    momentum: { write: writeSchedule, read: rateFromConfig },
    groups: { write: writeGroups, read: readGroups },
    optimizer: {
      write: (_: string, inner: Optimizer) => optimizerConfig(inner),
      read: (inner: NamedConfig) => optimizerFromConfig(inner),
    },
  };

function writeSchedule(where: string, value: number | Schedule): unknown {
  return scheduleConfig(where, value);
}

function writeGroups(where: string, groups: readonly ParameterGroup[]): unknown {
  return groups.map(({ match, ...rest }) => {
    if (match instanceof RegExp) return { match: { source: match.source, flags: match.flags }, ...rest };
    throw new OptionError(`${where}: a group that matches by a function can't be written to JSON. Use a RegExp.`);
  });
}

interface WrittenGroup {
  match: { source: string; flags: string };
}

function readGroups(groups: readonly WrittenGroup[]): unknown {
  return groups.map(({ match, ...rest }) => ({ match: new RegExp(match.source, match.flags), ...rest }));
}

/** All of an optimiser as plain JSON, for `optimizerFromConfig`. Its states are not part of it. */
export function optimizerConfig(optimizer: Optimizer): NamedConfig {
  const { name } = optimizer;
  const entries = Object.entries({ ...optimizer.config }).map(([option, value]) => {
    const special = Object.hasOwn(SPECIAL, option) ? SPECIAL[option] : undefined;
    return [option, special ? special.write(name, value as never) : value];
  });
  return configOf({ name, config: Object.fromEntries(entries) as Record<string, unknown> });
}

const fromJson =
  (make: (options: never) => Optimizer): Maker<Optimizer> =>
  (config: Record<string, unknown>) => {
    const entries = Object.entries(config).map(([option, value]) => {
      const special = Object.hasOwn(SPECIAL, option) ? SPECIAL[option] : undefined;
      return [option, special ? special.read(value as never) : value];
    });
    return make(Object.fromEntries(entries) as never);
  };

/** Optimisers around an optimiser. */
const WRAPPERS = {
  ema: ({ optimizer, ...options }: { optimizer: Optimizer } & EmaOptions) => ema(optimizer, options),
  lookahead: ({ optimizer, ...options }: { optimizer: Optimizer } & LookaheadOptions) => lookahead(optimizer, options),
  swa: ({ optimizer, ...options }: { optimizer: Optimizer } & SwaOptions) => swa(optimizer, options),
};

/** Optimisers and those around them, from what `optimizerConfig` writes. */
export const optimizerMakers: Readonly<Record<string, Maker<Optimizer>>> = Object.fromEntries(
  Object.entries({ ...NAMED, ...WRAPPERS }).map(([name, make]) => [name, fromJson(make)]),
);

/**
 * The optimiser that a configuration describes.
 *
 * @example optimizerFromConfig(optimizerConfig(adam({ learningRate: stepDecay({ learningRate: 0.1, every: 100 }) })))
 */
export const optimizerFromConfig = (config: NamedConfig): Optimizer =>
  resolveNamed('optimizerFromConfig', 'optimizer', config, optimizerMakers);
