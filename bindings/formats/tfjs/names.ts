// Keras' names of things that layers are given, and ours: activations, initialisers, regularisers, constraints.

import type { ActivationSpec } from '../../layers/activations.js';
import { DataError, OptionError } from '../../runtime/errors.js';
import type { NamedConfig } from '../../runtime/named.js';
import { describeValue, isObject } from '../../runtime/suggest.js';

export type Fields = Readonly<Record<string, unknown>>;

export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `glorot_uniform`, `GlorotUniform` and `glorotUniform` are one name. */
const plainName = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** Our activation: what TensorFlow.js calls it within a layer. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  selu: 'selu',
  sigmoid: 'sigmoid',
  hardSigmoidKeras2: 'hard_sigmoid',
  tanh: 'tanh',
  softsign: 'softsign',
  softplus: 'softplus',
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
  silu: 'swish',
  gelu: 'gelu',
  mish: 'mish',
};

/** Names that Keras alone has, or has beside those above. */
const OTHER_ACTIVATIONS: Readonly<Record<string, string>> = {
  silu: 'silu',
  exponential: 'exponential',
  gelunew: 'geluTanh',
};

const ACTIVATIONS_BY_KERAS: Readonly<Record<string, string>> = {
  ...OTHER_ACTIVATIONS,
  ...Object.fromEntries(Object.entries(ACTIVATIONS).map(([ours, keras]) => [plainName(keras), ours])),
};

type WrittenActivation = string | ActivationSpec | { custom: string };

/** Keras' name of an activation, or undefined where TensorFlow.js has it only as a layer, or not at all. */
export function kerasActivation(given: unknown): string | undefined {
  const name = typeof given === 'string' ? given : inlineName(given as WrittenActivation);
  return name !== undefined && Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
}

/** The name of an activation with the parameters that it has by default. */
function inlineName(given: WrittenActivation): string | undefined {
  if (typeof given === 'string' || 'custom' in given) return undefined;
  if (given.name === 'elu') return given.alpha === 1 ? 'elu' : undefined;
  return (given.name === 'softmax' || given.name === 'logSoftmax') && given.axis === -1 ? given.name : undefined;
}

/** A layer that stands for an activation which TensorFlow.js does not take by name. */
export function activationLayer(given: unknown): { className: string; config: Fields } | undefined {
  if (given === 'leakyRelu') return { className: 'LeakyReLU', config: { alpha: 0.2 } };
  if (!isObject(given)) return undefined;
  const { name, slope, axis } = given;
  if (name === 'leakyRelu') return { className: 'LeakyReLU', config: { alpha: slope ?? 0.2 } };
  return name === 'softmax' ? { className: 'Softmax', config: { axis: axis ?? -1 } } : undefined;
}

/** Our name of Keras' activation. */
export function readActivation(value: unknown, path: string): string {
  // Keras writes some as { class_name, config: name }.
  const given = isObject(value) ? (value.config ?? value.class_name) : value;
  const name = typeof given === 'string' ? plainName(given) : '';
  if (Object.hasOwn(ACTIVATIONS_BY_KERAS, name)) return ACTIVATIONS_BY_KERAS[name]!;
  throw new DataError(
    `${path}: expected an activation of ${Object.values(ACTIVATIONS).join(', ')}, got ${describeValue(given)}`,
  );
}

/** A thing of ours, Keras' class for it, and options by name: ours, Keras'. */
interface Named {
  className: string;
  options?: Readonly<Record<string, string>>;
  /** Further names that files have. */
  aliases?: readonly string[];
  /** Options as Keras has them, where they differ by more than their names. */
  write?(config: Fields): Fields;
  read?(config: Fields): Fields;
}

const MODES: Readonly<Record<string, string>> = { fanIn: 'fan_in', fanOut: 'fan_out', fanAverage: 'fan_avg' };
/** Keras' `normal` is truncated. */
const DISTRIBUTIONS: Readonly<Record<string, string>> = {
  uniform: 'uniform',
  truncatedNormal: 'normal',
  normal: 'untruncated_normal',
};
const inverse = (table: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([ours, keras]) => [keras, ours]));
const MODES_BY_KERAS = inverse(MODES);
const DISTRIBUTIONS_BY_KERAS: Record<string, string> = {
  ...inverse(DISTRIBUTIONS),
  truncated_normal: 'truncatedNormal',
};

const truncated = (className: string, ...aliases: string[]): Named => ({
  className,
  aliases,
  write: () => ({}),
  read: () => ({ truncated: true }),
});

const INITIALIZERS: Readonly<Record<string, Named>> = {
  zeros: { className: 'Zeros' },
  ones: { className: 'Ones' },
  constant: { className: 'Constant', options: { value: 'value' } },
  randomUniform: { className: 'RandomUniform', options: { minimum: 'minval', maximum: 'maxval' } },
  randomNormal: { className: 'RandomNormal', options: { mean: 'mean', standardDeviation: 'stddev' } },
  truncatedNormal: { className: 'TruncatedNormal', options: { mean: 'mean', standardDeviation: 'stddev' } },
  varianceScaling: {
    className: 'VarianceScaling',
    write: ({ scale, mode, distribution }) => ({
      scale,
      mode: MODES[String(mode)],
      distribution: DISTRIBUTIONS[String(distribution)],
    }),
    read: ({ scale = 1, mode = 'fan_in', distribution = 'normal' }) => ({
      scale,
      mode: MODES_BY_KERAS[String(mode)] ?? mode,
      distribution: DISTRIBUTIONS_BY_KERAS[String(distribution)] ?? distribution,
    }),
  },
  glorotUniform: { className: 'GlorotUniform' },
  glorotNormal: truncated('GlorotNormal'),
  heUniform: { className: 'HeUniform' },
  heNormal: truncated('HeNormal'),
  lecunUniform: { className: 'LeCunUniform' },
  lecunNormal: truncated('LeCunNormal'),
  orthogonal: { className: 'Orthogonal', options: { gain: 'gain' } },
  identity: { className: 'Identity', options: { gain: 'gain' } },
};

const REGULARIZERS: Readonly<Record<string, Named>> = {
  l1: { className: 'L1', write: ({ lambda }) => ({ l1: lambda }), read: ({ l1 = 0.01 }) => ({ lambda: l1 }) },
  l2: { className: 'L2', write: writeL2, read: ({ l2 = 0.01 }) => ({ lambda: l2 }) },
  l1l2: { className: 'L1L2', options: { l1: 'l1', l2: 'l2' } },
};

/** Ours may be halved, as in textbooks. */
function writeL2({ lambda, half }: Fields): Fields {
  return { l2: half === true ? (lambda as number) / 2 : lambda };
}

const CONSTRAINTS: Readonly<Record<string, Named>> = {
  maxNorm: { className: 'MaxNorm', options: { maximum: 'max_value', axis: 'axis' } },
  minMaxNorm: {
    className: 'MinMaxNorm',
    options: { minimum: 'min_value', maximum: 'max_value', rate: 'rate', axis: 'axis' },
  },
  unitNorm: { className: 'UnitNorm', options: { axis: 'axis' } },
  nonNegative: { className: 'NonNeg', aliases: ['nonNegative'] },
};

function readNamed(kind: string, table: Readonly<Record<string, Named>>, value: unknown, path: string): NamedConfig {
  const given = isObject(value) ? value.class_name : value;
  const name = typeof given === 'string' ? plainName(given) : '';
  const found = Object.entries(table).find(([, { className, aliases = [] }]) =>
    [className, ...aliases].some((known) => plainName(known) === name),
  );
  if (!found) {
    const known = Object.values(table).map(({ className }) => className);
    throw new DataError(`${path}: expected the ${kind} ${known.join(' or ')}, got ${describeValue(given)}`);
  }
  const [ours, { options = {}, read }] = found;
  const inner = isObject(value) ? value.config : undefined;
  const config = isObject(inner) ? withoutNulls(inner) : {};
  if (read) return { name: ours, config: read(config) };
  const entries = Object.entries(options).filter(([, keras]) => Object.hasOwn(config, keras));
  return { name: ours, config: Object.fromEntries(entries.map(([own, keras]) => [own, config[keras]])) };
}

function writeNamed(kind: string, table: Readonly<Record<string, Named>>, value: unknown, path: string): unknown {
  const { name, config } = value as NamedConfig;
  // A tied parameter becomes one with values of its own, which are written with it.
  if (name === 'tie') return { class_name: 'Zeros', config: {} };
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!entry) {
    throw new OptionError(`${path}: TensorFlow.js has no ${kind} '${name}'. Known: ${Object.keys(table).join(', ')}.`);
  }
  const { className, options = {}, write } = entry;
  const renamed = Object.entries(options).filter(([own]) => config[own] !== undefined);
  return {
    class_name: className,
    config: write?.(config) ?? Object.fromEntries(renamed.map(([own, keras]) => [keras, config[own]])),
  };
}

export const withoutNulls = (fields: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** How the value of an option is read from and written to Keras' form. */
interface Codec {
  read(value: unknown, path: string): unknown;
  write(value: unknown, path: string): unknown;
}

const named = (kind: string, table: Readonly<Record<string, Named>>): Codec => ({
  read: (value, path) => readNamed(kind, table, value, path),
  write: (value, path) => writeNamed(kind, table, value, path),
});

/** L1 and L2 alone are not classes of TensorFlow.js: they are written as L1L2 with the other at 0. */
const regularizer: Codec = {
  read: (value, path) => readNamed('regularizer', REGULARIZERS, value, path),
  write: (value, path) => {
    const { config } = writeNamed('regularizer', REGULARIZERS, value, path) as { config: Fields };
    return { class_name: 'L1L2', config: { l1: 0, l2: 0, ...config } };
  },
};

const activation: Codec = {
  read: readActivation,
  write: (value, path) => {
    const name = kerasActivation(value);
    if (name !== undefined) return name;
    throw new OptionError(
      `${path}: TensorFlow.js has no activation ${describeActivation(value)} here. Known: ${Object.keys(ACTIVATIONS).join(', ')}.`,
    );
  },
};

export const describeActivation = (value: unknown): string => JSON.stringify(value);

const AS_IT_IS: Codec = { read: (value) => value, write: (value) => value };

const CODECS: readonly (readonly [RegExp, Codec])[] = [
  [/activation$/i, activation],
  [/initializer$/i, named('initializer', INITIALIZERS)],
  [/regularizer$/i, regularizer],
  [/constraint$/i, named('constraint', CONSTRAINTS)],
];

/** How an option is written, by how it is called. */
export const codecOf = (option: string): Codec => CODECS.find(([pattern]) => pattern.test(option))?.[1] ?? AS_IT_IS;
