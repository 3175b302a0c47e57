// Things that can be given as an object, by name, or as { name, config }: how they are written to and read from JSON.

import { OptionError } from './errors.js';
import { describeValue, unknownName } from './suggest.js';

/** A thing in JSON: its name and its options. */
export interface NamedConfig {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Makes a thing from its options; wrong ones are refused by its factory. */
export type Maker<T> = (config: never) => T;

/**
 * The thing itself, the one of a name with its default options, or the one of a name with a configuration. An object that
 * has a function among its members is the thing itself.
 */
export function resolveNamed<T extends object>(
  where: string,
  kind: string,
  option: T | string | NamedConfig,
  makers: Readonly<Record<string, Maker<T>>>,
): T {
  if (typeof option === 'string') return make(where, kind, { name: option, config: {} }, makers);
  if (option !== null && typeof option === 'object') {
    if (Object.values(option).some((member) => typeof member === 'function')) return option as T;
    if ('name' in option && typeof option.name === 'string') return make(where, kind, option, makers);
  }
  throw new OptionError(
    `${where}: expected a ${kind}, its name, or { name, config }, got ${describeValue(option)}. ` +
      `Known: ${Object.keys(makers).join(', ')}.`,
  );
}

function make<T>(
  where: string,
  kind: string,
  { name, config = {} }: NamedConfig,
  makers: Readonly<Record<string, Maker<T>>>,
): T {
  const maker = Object.hasOwn(makers, name) ? makers[name]! : unknownName(where, kind, name, Object.keys(makers));
  return maker(config as never);
}

/** What goes to JSON. */
export const configOf = ({ name, config }: NamedConfig): NamedConfig => ({ name, config });
