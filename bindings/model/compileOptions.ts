// What `compile` is given, and the objectives that come of it.

import { resolveLoss, type LossOption } from '../losses/index.js';
import { resolveMetric, type MetricOption } from '../metrics/index.js';
import { resolveOptimizer, type OptimizerName } from '../optimizers/index.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { OutputObjective } from './step.js';

export interface CompileOptions {
  optimizer: Optimizer | OptimizerName;
  /** One loss for every output, or one each. */
  loss: LossOption | readonly LossOption[];
  /** Metrics of every output, or a list for each. */
  metrics?: readonly MetricOption[] | readonly (readonly MetricOption[])[];
  /** Weight of each output's loss in the total; 1 by default. */
  lossWeights?: readonly number[];
}

export interface CompiledOptions {
  optimizer: Optimizer;
  objectives: (outputNames: readonly string[]) => OutputObjective[];
}

export function resolveCompileOptions(options: CompileOptions): CompiledOptions {
  checkOptions('compile', options, ['optimizer', 'loss', 'metrics', 'lossWeights']);
  if (options.loss === undefined) throw new OptionError('compile: loss is missing. Give a name or a loss function.');
  if (options.optimizer === undefined)
    throw new OptionError("compile: optimizer is missing. Give one, such as 'adam'.");
  const losses = (Array.isArray(options.loss) ? options.loss : [options.loss]).map((loss: LossOption) =>
    resolveLoss(loss),
  );
  const optimizer = resolveOptimizer(options.optimizer);
  options.lossWeights?.forEach((weight) => checkNumber('compile', 'lossWeights', weight));
  const metrics = options.metrics ?? [];
  const isListPerOutput = metrics.length > 0 && metrics.every((entry) => Array.isArray(entry));
  // Names are checked now, so that a typing error does not wait for the first fit.
  for (const metric of metrics.flat<readonly (MetricOption | readonly MetricOption[])[], 1>())
    resolveMetric(metric, losses[0]!);

  const objectives = (outputNames: readonly string[]) => {
    if (losses.length > 1 && losses.length !== outputNames.length) {
      throw new OptionError(
        `compile: ${losses.length} losses for ${outputNames.length} outputs. Give one for all, or one each.`,
      );
    }
    return outputNames.map((name, i) => {
      const loss = losses[i] ?? losses[0]!;
      const own = (isListPerOutput ? (metrics[i] ?? []) : metrics) as readonly MetricOption[];
      const lossWeight = options.lossWeights?.[i] ?? 1;
      return { name, loss, lossWeight, metrics: own.map((metric) => resolveMetric(metric, loss)) };
    });
  };
  return { optimizer, objectives };
}
