// What is searched: named parameters, each a map between [0, 1] and its values.

import { exp, log } from '../../runtime/math.js';
import { OptionError } from '../../runtime/errors.js';
import { checkNumber, checkOptions, describeValue, isObject, unknownName } from '../../runtime/suggest.js';

export type ParameterValue = number | string | boolean | null;

/** Values of one trial by name; parameters whose condition does not hold are absent. */
export type Params = Readonly<Record<string, ParameterValue>>;

/** One dimension of a space. Made by `uniform`, `logUniform`, `oneMinus`, `integer`, `choice`, `conditional`. */
export interface Parameter<V extends ParameterValue = ParameterValue> {
  readonly kind: string;
  /** All that makes it, as JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Number of values, of parameters that have so many only. */
  readonly size?: number;
  /** Values of a choice, which have no order. */
  readonly values?: readonly V[];
  /** It exists only where an earlier parameter has one of these values. */
  readonly when?: { readonly on: string; readonly is: readonly ParameterValue[] };
  /** The value at a place of [0, 1], places being equally likely. */
  decode(place: number): V;
  /** The place of a value: the middle of the places that have it. */
  encode(value: V): number;
  has(value: unknown): boolean;
}

/** Parameters by name, in the order in which they are drawn. */
export type Space = Readonly<Record<string, Parameter>>;

/** The values that a space gives. */
export type ParamsOf<S extends Space> = {
  readonly [K in keyof S]: S[K] extends Parameter<infer V> ? V : ParameterValue;
};

const between = (low: number, high: number) => (value: unknown) =>
  typeof value === 'number' && value >= low && value <= high;

function checkBounds(where: string, low: number, high: number, integer = false): void {
  checkNumber(where, 'low', low, { integer });
  checkNumber(where, 'high', high, { integer });
  if (low >= high) throw new OptionError(`${where}: low must be below high, got ${low} and ${high}.`);
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Any number from low to high. @example uniform(0, 0.5) */
export function uniform(low: number, high: number): Parameter<number> {
  checkBounds('uniform', low, high);
  return {
    kind: 'uniform',
    config: { low, high },
    decode: (place) => clamp(low + place * (high - low), low, high),
    encode: (value) => (value - low) / (high - low),
    has: between(low, high),
  };
}

/** Any number from low to high, its logarithm uniform: for rates and penalties. low > 0. @example logUniform(1e-4, 1e-1) */
export function logUniform(low: number, high: number): Parameter<number> {
  checkBounds('logUniform', low, high);
  checkNumber('logUniform', 'low', low, { above: 0 });
  const [first, width] = [log(low), log(high) - log(low)];
  return {
    kind: 'logUniform',
    config: { low, high },
    decode: (place) => clamp(exp(first + place * width), low, high),
    encode: (value) => (log(value) - first) / width,
    has: between(low, high),
  };
}

/**
 * Any number from low to high below 1, the logarithm of 1 - value uniform: dense near 1, for the decay of averages, where 0.9 to 0.99
 * matters as much as 0.99 to 0.999.
 *
 * @example oneMinus(0.9, 0.999)
 */
export function oneMinus(low: number, high: number): Parameter<number> {
  checkBounds('oneMinus', low, high);
  checkNumber('oneMinus', 'high', high, { below: 1 });
  const distance = logUniform(1 - high, 1 - low);
  return {
    kind: 'oneMinus',
    config: { low, high },
    decode: (place) => clamp(1 - distance.decode(1 - place), low, high),
    encode: (value) => 1 - distance.encode(1 - value),
    has: between(low, high),
  };
}

/** A whole number from low to high, both included; with `log` each doubling is as likely as the next. @example integer(16, 256, { log: true }) */
export function integer(low: number, high: number, options: { log?: boolean } = {}): Parameter<number> {
  checkOptions('integer', options, ['log']);
  checkBounds('integer', low, high, true);
  const { log: isLog = false } = options;
  if (isLog) checkNumber('integer', 'low', low, { minimum: 1, integer: true });
  const line = isLog ? logUniform(low, high + 1) : uniform(low, high + 1);
  return {
    kind: 'integer',
    config: { low, high, log: isLog },
    size: high - low + 1,
    decode: (place) => clamp(Math.floor(line.decode(place)), low, high),
    encode: (value) => (line.encode(value) + line.encode(value + 1)) / 2,
    has: (value) => between(low, high)(value) && Number.isInteger(value),
  };
}

/** One of some values, which have no order. @example choice(['relu', 'tanh']) */
export function choice<V extends ParameterValue>(values: readonly V[]): Parameter<V> {
  const isValue = (value: unknown) =>
    value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
  if (!Array.isArray(values) || values.length === 0 || !values.every(isValue)) {
    throw new OptionError(
      `choice: values must be an array of numbers, texts, true, false or null, got ${describeValue(values)}.`,
    );
  }
  if (new Set(values).size < values.length) throw new OptionError('choice: values are given twice. Give each once.');
  const own = values as readonly V[];
  return {
    kind: 'choice',
    config: { values: own },
    size: own.length,
    values: own,
    decode: (place) => own[Math.min(own.length - 1, Math.floor(place * own.length))]!,
    encode: (value) => (own.indexOf(value) + 0.5) / own.length,
    has: (value) => own.includes(value as V),
  };
}

/**
 * A parameter that there is only where an earlier choice has one of some values.
 *
 * @example { optimizer: choice(['sgd', 'adam']), momentum: conditional('optimizer', ['sgd'], uniform(0, 0.99)) }
 */
export function conditional<V extends ParameterValue>(
  on: string,
  is: readonly ParameterValue[],
  parameter: Parameter<V>,
): Parameter<V> {
  if (parameter.when) throw new OptionError(`conditional: the parameter depends on '${parameter.when.on}' already.`);
  return { ...parameter, config: { ...parameter.config, when: { on, is } }, when: { on, is } };
}

/** Throws unless a value is a space: parameters, each condition on an earlier choice. */
export function checkSpace(where: string, space: unknown): asserts space is Space {
  const names = isObject(space) ? Object.keys(space) : [];
  if (names.length === 0) {
    throw new OptionError(`${where}: space must have at least one parameter, got ${describeValue(space)}.`);
  }
  const own = space as Space;
  names.forEach((name, i) => {
    const { decode, encode, when } = own[name] ?? ({} as Partial<Parameter>);
    if (typeof decode !== 'function' || typeof encode !== 'function') {
      throw new OptionError(
        `${where}: '${name}' must be a parameter such as uniform(0, 1), got ${describeValue(own[name])}.`,
      );
    }
    if (!when) return;
    const earlier = names.slice(0, i);
    const parent = own[earlier.includes(when.on) ? when.on : unknownName(`${where}: condition of '${name}'`, 'earlier parameter', when.on, earlier)]!; // prettier-ignore
    const odd = when.is.find((value) => !parent.has(value));
    if (parent.values && when.is.length > 0 && odd === undefined) return;
    throw new OptionError(
      `${where}: '${name}' must depend on values of a choice, got '${when.on}' being ${describeValue(odd ?? when.is)}.`,
    );
  });
}

/** Whether a parameter exists beside the values of the earlier ones. */
export const isActive = ({ when }: Parameter, params: Params): boolean =>
  !when || (Object.hasOwn(params, when.on) && when.is.includes(params[when.on]!));

/** The values of all parameters that exist, one after another. */
export function drawParams(space: Space, draw: (name: string, parameter: Parameter) => ParameterValue): Params {
  const params: Record<string, ParameterValue> = {};
  for (const [name, parameter] of Object.entries(space)) {
    if (isActive(parameter, params)) params[name] = draw(name, parameter);
  }
  return params;
}

/** The space as JSON. */
export const spaceConfig = (space: Space): Record<string, { kind: string; config: unknown }> =>
  Object.fromEntries(Object.entries(space).map(([name, { kind, config }]) => [name, { kind, config }]));

/** Whether values are of a space: each parameter that exists has one of its values, and no other is there. */
export function fitsSpace(space: Space, params: Params): boolean {
  const active = Object.entries(space).filter(([, parameter]) => isActive(parameter, params));
  return (
    active.length === Object.keys(params).length &&
    active.every(([name, parameter]) => Object.hasOwn(params, name) && parameter.has(params[name]))
  );
}
