// What `compile` is given, and the objectives that come of it.

import type { Mixing } from '../data/mixing.js';
import { resolveLoss, type LossOption } from '../losses/index.js';
import type { Loss } from '../losses/loss.js';
import { resolveMetric, type MetricOption } from '../metrics/index.js';
import { resolveOptimizer, type OptimizerName } from '../optimizers/index.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { NamedConfig } from '../runtime/named.js';
import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { Mixer } from './mixer.js';
import type { OutputObjective } from './step.js';
import { Training } from './training.js';

export interface CompileOptions {
  /** An optimiser, its name, or its configuration. */
  optimizer: Optimizer | OptimizerName | NamedConfig;
  /** One loss for every output, or one each. */
  loss: LossOption | readonly LossOption[];
  /** Metrics of every output, or a list for each. */
  metrics?: readonly MetricOption[] | readonly (readonly MetricOption[])[];
  /** Weight of each output's loss in the total; 1 by default. */
  lossWeights?: readonly number[];
  /**
   * Batches whose mean gradient makes one update; 1 by default. A last batch that is smaller weighs as much as the others, and
   * an update may reach over the end of an epoch.
   */
  gradientAccumulation?: number;
  /** Blends the samples of training batches, and their losses: `mixup()` or `cutmix()`. */
  mix?: Mixing;
}

/** What was compiled, for what is saved. */
export interface CompileSettings {
  losses: readonly Loss[];
  metrics: NonNullable<CompileOptions['metrics']>;
  lossWeights: readonly number[] | undefined;
}

export interface CompiledOptions {
  training: Training;
  settings: CompileSettings;
  objectives: (outputNames: readonly string[]) => OutputObjective[];
}

export function resolveCompileOptions(options: CompileOptions, seed: number): CompiledOptions {
  checkOptions('compile', options, ['optimizer', 'loss', 'metrics', 'lossWeights', 'gradientAccumulation', 'mix']);
  if (options.loss === undefined) throw new OptionError('compile: loss is missing. Give a name or a loss function.');
  if (options.optimizer === undefined)
    throw new OptionError("compile: optimizer is missing. Give one, such as 'adam'.");
  const losses = (Array.isArray(options.loss) ? options.loss : [options.loss]).map((loss: LossOption) =>
    resolveLoss(loss),
  );
  if (losses.length === 0) throw new OptionError('compile: loss is an empty list. Give one loss, or one each output.');
  const optimizer = resolveOptimizer(options.optimizer);
  const count = { minimum: 1, integer: true };
  const batches = checkNumber('compile', 'gradientAccumulation', options.gradientAccumulation ?? 1, count);
  options.lossWeights?.forEach((weight) => checkNumber('compile', 'lossWeights', weight));
  if (options.mix !== undefined && typeof options.mix?.blend !== 'function') {
    throw new OptionError(`compile: mix must be mixup() or cutmix(), got ${describeValue(options.mix)}.`);
  }
  const metrics = options.metrics ?? [];
  const isListPerOutput = metrics.length > 0 && metrics.every((entry) => Array.isArray(entry));
  if (!isListPerOutput && metrics.some((entry) => Array.isArray(entry))) {
    throw new OptionError('compile: metrics must be one list, or a list for each output, not a mixture.');
  }
  // Names are checked now, so that a typing error does not wait for the first fit.
  for (const metric of metrics.flat<readonly (MetricOption | readonly MetricOption[])[], 1>())
    resolveMetric(metric, losses[0]!);

  const objectives = (outputNames: readonly string[]) => {
    const outputs = outputNames.length;
    if (losses.length > 1) checkCount('losses', losses.length, outputs);
    if (isListPerOutput) checkCount('lists of metrics', metrics.length, outputs);
    if (options.lossWeights) checkCount('lossWeights', options.lossWeights.length, outputs);
    return outputNames.map((name, i) => {
      const loss = losses[i] ?? losses[0]!;
      const own = (isListPerOutput ? metrics[i] : metrics) as readonly MetricOption[];
      const lossWeight = options.lossWeights?.[i] ?? 1;
      const resolved = own.map((metric) => resolveMetric(metric, loss));
      checkDistinct(resolved.map((metric) => metric.name));
      return { name, loss, lossWeight, metrics: resolved };
    });
  };
  const mixer = options.mix && new Mixer(options.mix, seed);
  const settings = { losses, metrics, lossWeights: options.lossWeights };
  return { training: new Training(optimizer, batches, mixer), settings, objectives };
}

function checkCount(what: string, got: number, outputs: number): void {
  if (got === outputs) return;
  throw new OptionError(`compile: ${got} ${what} for ${outputs} output(s). Give one each.`);
}

/** Two figures of one name would hide each other in the history. */
function checkDistinct(names: readonly string[]): void {
  const taken = ['loss', ...names].find((name, i, all) => all.indexOf(name) !== i);
  if (taken === undefined) return;
  throw new OptionError(
    `compile: two figures of the history would be named '${taken}'. Give a metric function a name of its own: ` +
      'const name = (yTrue, yPred) => ..., or meanMetric(name, ...).',
  );
}
