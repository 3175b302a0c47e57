// Functions among the options of what is made in the worker: they stay with the program, and the worker awaits their answers.

import { OptionError } from '../runtime/errors.js';
import type { NamedConfig } from '../runtime/named.js';
import { isObject } from '../runtime/suggest.js';
import type { Call } from './connection.js';
import type { FunctionReference } from './protocol.js';

const hasFunctions = (value: unknown): boolean =>
  typeof value === 'function' || (isObject(value) && Object.values(value).some(hasFunctions));

/** Options whose functions are references to them. @throws OptionError for an object with methods, which can't be awaited. */
export function optionsWithFunctions(call: Call, { name, config }: NamedConfig): NamedConfig {
  const entries = Object.entries(config).map(([option, value]) => {
    if (typeof value === 'function') return [option, call.reference(value as never)];
    if (!hasFunctions(value)) return [option, value];
    throw new OptionError(
      `fit: ${name}: ${option} has functions, which can't go to the worker. Make the callback there, in a script with ` +
        `expose({ callbacks: { mine: () => ${name}({ ${option}: ... }) } }), and give { name: 'mine', config: {} }.`,
    );
  });
  return { name, config: Object.fromEntries(entries) as Record<string, unknown> };
}

export const isReference = (value: unknown): value is FunctionReference =>
  isObject(value) && typeof value.$function === 'number';
