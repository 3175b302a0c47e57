// What Keras' compile was given, and ours: optimisers, losses and metrics that both have.

import type { CompileOptions } from '../../model/compileOptions.js';
import { readList, readObject } from '../../model/saving/fields.js';
import { resolveOptimizer } from '../../optimizers/index.js';
import { DataError } from '../../runtime/errors.js';
import type { NamedConfig } from '../../runtime/named.js';
import { describeValue, isObject } from '../../runtime/suggest.js';
import { snakeCase, withoutNulls, type Fields } from './names.js';
import { refuse } from './translation.js';

interface SharedOptimizer {
  className: string;
  /** Ours, and Keras' name; TensorFlow.js writes some in camel case. */
  options: Readonly<Record<string, string>>;
  /** Options that make it what the class says. */
  fixed?: Fields;
}

const RATE = { learningRate: 'learning_rate' };
const BETAS = { beta1: 'beta_1', beta2: 'beta_2', epsilon: 'epsilon' };

/** Our optimisers, those with more options first. */
const OPTIMIZERS: readonly (SharedOptimizer & { name: string })[] = [
  { name: 'sgd', className: 'Momentum', options: { ...RATE, momentum: 'momentum', nesterov: 'use_nesterov' } },
  { name: 'sgd', className: 'SGD', options: { ...RATE, momentum: 'momentum', nesterov: 'nesterov' } },
  { name: 'adam', className: 'Adam', options: { ...RATE, ...BETAS } },
  { name: 'adamax', className: 'Adamax', options: { ...RATE, ...BETAS } },
  {
    name: 'rmsprop',
    className: 'RMSProp',
    options: { ...RATE, rho: 'decay', momentum: 'momentum', epsilon: 'epsilon', centered: 'centered' },
  },
  { name: 'adadelta', className: 'Adadelta', options: { ...RATE, rho: 'rho', epsilon: 'epsilon' } },
  { name: 'adagrad', className: 'Adagrad', options: { ...RATE } },
];

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** A value of Keras' config, however its name is written. */
const valueOf = (config: Fields, name: string): unknown =>
  Object.entries(config).find(([key]) => plain(key) === plain(name))?.[1];

function readOptimizer(given: unknown, path: string): NamedConfig {
  const { class_name: className, config: inner } = readObject(given, path);
  const found = OPTIMIZERS.find(
    (entry) => typeof className === 'string' && plain(entry.className) === plain(className),
  );
  if (!found) {
    const known = OPTIMIZERS.map((entry) => entry.className).join(', ');
    throw new DataError(`${path}.class_name: expected one of ${known}, got ${describeValue(className)}`);
  }
  const config = withoutNulls(readObject(inner ?? {}, `${path}.config`));
  const options = Object.entries(found.options)
    .map(
      ([own, keras]) => [own, valueOf(config, keras) ?? (own === 'rho' ? valueOf(config, 'rho') : undefined)] as const,
    )
    .filter(([, value]) => value !== undefined);
  return { name: found.name, config: Object.fromEntries(options) };
}

/** Losses that take probabilities in Keras, where ours take logits unless told. */
const CROSSENTROPIES = ['categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'binaryCrossentropy'];
const LOSSES = [
  ...CROSSENTROPIES,
  'meanSquaredError',
  'meanAbsoluteError',
  'hinge',
  'squaredHinge',
  'categoricalHinge',
  'logCosh',
  'poisson',
];
const LOSS_ALIASES: Readonly<Record<string, string>> = {
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  logcosh: 'logCosh',
};

function readLoss(given: unknown, path: string): NamedConfig {
  const text = isObject(given) ? given.class_name : given;
  const key = typeof text === 'string' ? plain(text) : '';
  const name = Object.hasOwn(LOSS_ALIASES, key) ? LOSS_ALIASES[key]! : LOSSES.find((known) => plain(known) === key);
  if (name === undefined) {
    throw new DataError(`${path}: expected a loss of ${LOSSES.map(snakeCase).join(', ')}, got ${describeValue(text)}`);
  }
  const inner = isObject(given) && isObject(given.config) ? given.config : {};
  return { name, config: CROSSENTROPIES.includes(name) ? { fromLogits: inner.from_logits === true } : {} };
}

/** Keras' names of metrics that both have. Others are left out: they change no weight. */
const METRICS: Readonly<Record<string, string>> = {
  acc: 'accuracy',
  accuracy: 'accuracy',
  categoricalaccuracy: 'accuracy',
  sparsecategoricalaccuracy: 'accuracy',
  binaryaccuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  mse: 'mse',
  meansquarederror: 'mse',
  mae: 'mae',
  meanabsoluteerror: 'mae',
};

function readMetrics(given: unknown): string[] {
  const list = Array.isArray(given) ? (given as unknown[]).flat() : [];
  const names = list.flatMap((entry): string[] => {
    const text = isObject(entry) ? (entry.config as Fields | undefined)?.name : entry;
    const name = typeof text === 'string' ? plain(text) : '';
    return Object.hasOwn(METRICS, name) ? [METRICS[name]!] : [];
  });
  return [...new Set(names)];
}

/** What `compile` is given for a training_config. */
export function readTraining(given: unknown, outputs: readonly string[]): CompileOptions {
  const config = readObject(given, 'trainingConfig');
  const { loss, metrics } = config;
  const optimizer = readOptimizer(config.optimizer_config ?? config.optimizerConfig, 'trainingConfig.optimizer_config');
  const byName = isObject(loss) && loss.class_name === undefined ? outputs.map((name) => loss[name]) : loss;
  const losses = Array.isArray(byName) ? readList(byName, 'trainingConfig.loss') : [byName];
  return {
    optimizer,
    loss: losses.map((entry) => readLoss(entry, 'trainingConfig.loss')),
    metrics: readMetrics(metrics) as NonNullable<CompileOptions['metrics']> & string[],
  };
}

/** What `writeCompiled` gives. */
interface Compiled {
  optimizer: NamedConfig;
  learningRate: unknown;
  loss: readonly (NamedConfig | { custom: string })[];
  metrics: readonly unknown[];
}

export function writeTraining(where: string, compiled: unknown): Fields {
  const { optimizer, learningRate, loss, metrics } = compiled as Compiled;
  if (typeof learningRate !== 'number')
    refuse(where, 'schedule of the learning rate in its model.json', 'Set a number.');
  const losses = loss.map((entry) => writeLoss(where, entry));
  return {
    optimizer_config: writeOptimizer(where, optimizer, learningRate),
    loss: losses.length === 1 ? losses[0] : losses,
    metrics: metrics.filter((metric) => typeof metric === 'string' && Object.values(METRICS).includes(metric)),
  };
}

function writeOptimizer(where: string, { name, config }: NamedConfig, learningRate: unknown): Fields {
  const isPlainSgd = name === 'sgd' && (config.momentum ?? 0) === 0;
  const entry = OPTIMIZERS.find((known) => known.name === name && (known.className === 'SGD') === isPlainSgd);
  const options = Object.entries({ ...config, learningRate });
  if (!entry) return refuse(where, `optimizer '${name}'`, 'Leave training out.');
  const usual: Fields = resolveOptimizer({ name, config: {} }).config;
  const unsaid = options.find(
    ([own, value]) => !Object.hasOwn(entry.options, own) && JSON.stringify(value) !== JSON.stringify(usual[own]),
  );
  if (unsaid) refuse(where, `option ${unsaid[0]} of ${name} in its model.json`, 'Leave it out, or leave training out.');
  const camel = (keras: string) => keras.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const written = options
    .filter(([own, value]) => value !== undefined && Object.hasOwn(entry.options, own))
    .filter(([own]) => !isPlainSgd || own === 'learningRate')
    .map(([own, value]) => [camel(entry.options[own]!), value]);
  const extra = name === 'adagrad' ? { initialAccumulatorValue: 0.1 } : {};
  return { class_name: entry.className, config: { ...Object.fromEntries(written), ...extra } as Fields };
}

function writeLoss(where: string, loss: NamedConfig | { custom: string }): string {
  if ('custom' in loss) return refuse(where, `loss '${loss.custom}'`, 'Leave training out.');
  if (loss.config.fromLogits === true) {
    refuse(
      where,
      `${loss.name} of logits`,
      'End with a softmax or sigmoid and fromLogits: false, or leave training out.',
    );
  }
  if (!LOSSES.includes(loss.name)) refuse(where, `loss '${loss.name}'`, 'Leave training out.');
  return snakeCase(loss.name);
}
