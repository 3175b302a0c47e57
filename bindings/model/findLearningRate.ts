// The learning rate range test: a short run in which the rate grows from step to step, and what it did to the loss.

import { NotFiniteError, OptionError } from '../runtime/errors.js';
import { exp, integerPower, log } from '../runtime/math.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { DataArgument } from './dataset.js';
import type { CallbackContext, Logs } from './history.js';
import type { Model } from './model.js';

export interface FindLearningRateOptions {
  /** First rate; 1e-6 by default. */
  from?: number;
  /** Last rate; 1 by default. */
  to?: number;
  /** Steps from the first to the last; 100 by default. */
  steps?: number;
  /** Samples a step; 32 by default. */
  batchSize?: number;
  /** Share of the smoothed loss that is kept; 0.9 by default. */
  beta?: number;
  signal?: AbortSignal;
}

export interface LearningRateSearch {
  /** The rates that were tried, evenly spaced in their logarithm. Fewer than `steps` where the loss ran away. */
  rates: number[];
  /** The loss of each step, before its update. */
  losses: number[];
  /** Their exponential moving average, corrected for its start. */
  smoothedLosses: number[];
  /** The rate at which the smoothed loss fell fastest; undefined if it never fell. */
  suggestion: number | undefined;
}

/** The run ends when the smoothed loss is so many times its least value. */
const RUNAWAY = 4;

/**
 * Trains for a few steps at growing rates and finds the one at which the loss falls fastest. The model is afterwards what it
 * was: weights, states of the optimiser, step counter. Smith 2017, section 3.3.
 *
 * @throws OptionError for rates that do not grow; what `fit` throws for bad data.
 * @example
 * const { suggestion } = await findLearningRate(model, x, y);
 */
export async function findLearningRate(
  model: Model,
  x: DataArgument,
  y: DataArgument,
  options: FindLearningRateOptions = {},
): Promise<LearningRateSearch> {
  const { from = 1e-6, to = 1, steps = 100, batchSize = 32, beta = 0.9, signal } = checkSearch(options);
  const search: LearningRateSearch = { rates: [], losses: [], smoothedLosses: [], suggestion: undefined };
  const rateAt = (step: number) => from * exp((log(to / from) * step) / (steps - 1));
  let average = 0;
  let least = Infinity;
  const onBatchEnd = (_: number, { loss }: Logs, context: CallbackContext) => {
    const step = search.rates.push(rateAt(search.rates.length));
    average = beta * average + (1 - beta) * loss!;
    const smoothed = average / (1 - integerPower(beta, step));
    search.losses.push(loss!);
    search.smoothedLosses.push(smoothed);
    least = Math.min(least, smoothed);
    const isRunaway = smoothed - least > (RUNAWAY - 1) * Math.abs(least);
    if (step === steps || (step > 1 && isRunaway)) context.stop();
  };
  const fitOptions = { epochs: steps, batchSize, callbacks: [{ onBatchEnd }], ...(signal && { signal }) };
  await model.preserve(async () => {
    const { optimizer } = model;
    const { learningRate } = optimizer;
    const { learningRateFactor } = model;
    model.learningRateFactor = 1;
    optimizer.learningRate = () => rateAt(search.rates.length);
    try {
      await model.fit(x, y, fitOptions);
    } catch (error) {
      // A rate that was too large: what was seen until then counts.
      if (!(error instanceof NotFiniteError) || search.rates.length < 2) throw error;
    } finally {
      optimizer.learningRate = learningRate;
      model.learningRateFactor = learningRateFactor;
    }
  });
  search.suggestion = steepest(search);
  return search;
}

function checkSearch(options: FindLearningRateOptions): FindLearningRateOptions {
  const where = 'findLearningRate';
  checkOptions(where, options, ['from', 'to', 'steps', 'batchSize', 'beta', 'signal']);
  const { from = 1e-6, to = 1, steps = 100, batchSize = 32, beta = 0.9 } = options;
  checkNumber(where, 'from', from, { above: 0 });
  checkNumber(where, 'to', to, { above: 0 });
  if (to <= from) throw new OptionError(`${where}: to must be larger than from, got ${from} and ${to}.`);
  checkNumber(where, 'steps', steps, { minimum: 3, integer: true });
  checkNumber(where, 'batchSize', batchSize, { minimum: 1, integer: true });
  checkNumber(where, 'beta', beta, { minimum: 0, below: 1 });
  return options;
}

/** The rate in the middle of the two steps between which the loss fell most. */
function steepest({ rates, smoothedLosses }: LearningRateSearch): number | undefined {
  let best: number | undefined;
  let largestFall = 0;
  for (let i = 1; i + 1 < rates.length; i++) {
    const fall = smoothedLosses[i - 1]! - smoothedLosses[i + 1]!;
    if (fall > largestFall) [largestFall, best] = [fall, rates[i]];
  }
  return best;
}
