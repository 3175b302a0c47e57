// What `compile` settled, as JSON.

import { mixingFromConfig } from '../../data/mixing.js';
import { lossFromConfig, type LossOption } from '../../losses/index.js';
import { isLibraryLoss, type Loss } from '../../losses/loss.js';
import { metricFromConfig, type MetricOption } from '../../metrics/index.js';
import { optimizerConfig, optimizerFromConfig } from '../../optimizers/index.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import { OptionError } from '../../runtime/errors.js';
import { configOf, type NamedConfig } from '../../runtime/named.js';
import { isObject } from '../../runtime/suggest.js';
import { rateFromConfig } from '../../schedules/index.js';
import { scheduleConfig } from '../../schedules/schedule.js';
import type { CompiledOptions, CompileOptions } from '../compileOptions.js';
import { Training } from '../training.js';
import { findCustom, type CustomObjects } from './custom.js';
import { readList, readNumber, readObject, readText } from './fields.js';

export function writeCompiled({ training, settings }: CompiledOptions): unknown {
  const { optimizer, gradientAccumulation, mixer } = training;
  const { losses, metrics, lossWeights } = settings;
  return {
    optimizer: optimizerConfig(optimizer),
    // A user or a callback may have set it since.
    learningRate: scheduleConfig(optimizer.name, optimizer.learningRate),
    learningRateFactor: training.learningRateFactor,
    loss: losses.map(writeLoss),
    metrics: metrics.map((entry) =>
      Array.isArray(entry) ? (entry as readonly MetricOption[]).map(writeMetric) : writeMetric(entry as MetricOption),
    ),
    lossWeights,
    gradientAccumulation,
    mix: mixer && configOf(mixer.mixing),
  };
}

const writeLoss = (loss: Loss): unknown =>
  isLibraryLoss(loss) ? configOf(loss) : { custom: requireName('loss', loss.name) };

function writeMetric(metric: MetricOption): unknown {
  if (typeof metric === 'string') return metric;
  if (typeof metric === 'function') return { custom: requireName('metric', metric.name) };
  if ('perSample' in metric) return { loss: writeLoss(metric) };
  return metric.origin ?? { custom: requireName('metric', metric.name) };
}

function requireName(kind: string, name: string): string {
  if (name !== '') return name;
  throw new OptionError(
    `save: a ${kind} is a function without a name. Give it one: const name = (yTrue, yPred) => ...`,
  );
}

/** What `compile` is to be given, and what is to be set after it. */
export interface ReadCompiled {
  options: CompileOptions;
  /** Names of the vectors that live from step to step. */
  states: readonly string[];
  learningRate: Optimizer['learningRate'];
  learningRateFactor: number;
}

export function readCompiled(where: string, given: unknown, custom: CustomObjects): ReadCompiled {
  const fields = readObject(given, 'compile');
  const readLoss = (value: unknown): LossOption => {
    const loss = readObject(value, 'compile.loss');
    if (typeof loss.custom !== 'string') return lossFromConfig(readNamed(loss, 'compile.loss'));
    return findCustom(where, custom, 'losses', loss.custom)!;
  };
  const readMetric = (value: unknown): MetricOption => {
    if (typeof value === 'string') return value as MetricOption;
    const metric = readObject(value, 'compile.metrics');
    if (isObject(metric.loss)) return readLoss(metric.loss) as MetricOption;
    if (typeof metric.custom !== 'string') return metricFromConfig(readNamed(metric, 'compile.metrics'));
    return findCustom(where, custom, 'metrics', metric.custom)!;
  };
  const { mix, lossWeights } = fields;
  const optimizer = readOptimizer(where, fields.optimizer, custom);
  const gradientAccumulation = readNumber(fields.gradientAccumulation, 'compile.gradientAccumulation');
  return {
    states: new Training(optimizer, gradientAccumulation).states,
    options: {
      optimizer,
      loss: readList(fields.loss, 'compile.loss').map(readLoss),
      metrics: readList(fields.metrics, 'compile.metrics').map((entry) =>
        Array.isArray(entry) ? entry.map(readMetric) : readMetric(entry),
      ) as NonNullable<CompileOptions['metrics']>,
      ...(lossWeights !== undefined && {
        lossWeights: readList(lossWeights, 'compile.lossWeights').map((weight) => readNumber(weight, 'lossWeights')),
      }),
      ...(mix !== undefined && { mix: mixingFromConfig(readNamed(mix, 'compile.mix')) }),
      gradientAccumulation,
    },
    learningRate: rateFromConfig(fields.learningRate as number | NamedConfig),
    learningRateFactor: readNumber(fields.learningRateFactor, 'compile.learningRateFactor'),
  };
}

function readNamed(value: unknown, path: string): NamedConfig {
  const { name, config = {} } = readObject(value, path);
  return { name: readText(name, `${path}.name`), config: readObject(config, `${path}.config`) };
}

function readOptimizer(where: string, value: unknown, custom: CustomObjects): Optimizer {
  const { name, config } = readNamed(value, 'compile.optimizer');
  const maker = findCustom(where, custom, 'optimizers', name);
  return maker ? maker(config as never) : optimizerFromConfig({ name, config });
}
