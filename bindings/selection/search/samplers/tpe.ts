import { log } from '../../../runtime/math.js';
import { checkNumber, checkOptions } from '../../../runtime/suggest.js';
import type { RandomSequence } from '../../../runtime/random.js';
import { drawParams, type Parameter, type ParameterValue } from '../space.js';
import type { Observation } from '../trial.js';
import { choiceEstimator, numberEstimator, type Estimator } from './parzen.js';
import { drawRandom, type Sampler } from './sampler.js';

export interface TpeOptions {
  /** Trials drawn at random first; 10 by default. */
  startupTrials?: number;
  /** Candidates of which the most promising is taken; 24 by default. */
  candidates?: number;
}

/** How many of n trials count as good: a tenth, at most 25. */
const goodCount = (count: number): number => Math.min(Math.ceil(0.1 * count), 25);

/** Complete trials by their loss, then pruned ones, those that came furthest first. */
function compare(a: Observation, b: Observation): number {
  const isPruned = Number(a.loss === undefined) - Number(b.loss === undefined);
  if (isPruned !== 0 || a.loss !== undefined) return isPruned || a.loss! - b.loss! || a.number - b.number;
  const [[stepA, lossA], [stepB, lossB]] = [a.reports.at(-1)!, b.reports.at(-1)!];
  return stepB - stepA || lossA - lossB || a.number - b.number;
}

/** Trials to learn from: those that say how good they are, of the largest budget that has enough (Falkner et al. 2018). */
function usable(trials: readonly Observation[], enough: number): readonly Observation[] {
  const told = trials.filter(
    ({ state, loss, reports }) => loss !== undefined || (state === 'pruned' && reports.length > 0),
  );
  const budgets = [...new Set(told.map(({ budget }) => budget ?? 0))].sort((a, b) => b - a);
  for (const budget of budgets) {
    const own = told.filter((trial) => (trial.budget ?? 0) === budget);
    if (own.length >= enough) return own;
  }
  return [];
}

/** The most promising of some candidates of one parameter: where good trials are dense and the others are not. */
function propose(
  parameter: Parameter,
  [good, rest]: readonly [readonly ParameterValue[], readonly ParameterValue[]],
  candidates: number,
  random: RandomSequence,
): ParameterValue {
  const { values } = parameter;
  const estimate = (own: readonly ParameterValue[]): Estimator =>
    values
      ? choiceEstimator(
          own.map((value) => values.indexOf(value)),
          values.length,
        )
      : numberEstimator(own.map((value) => parameter.encode(value)));
  const [l, g] = [estimate(good), estimate(rest)];
  let [best, bestScore] = [0, -Infinity];
  for (let i = 0; i < candidates; i++) {
    const candidate = l.draw(random);
    const score = log(l.density(candidate)) - log(g.density(candidate));
    if (score > bestScore) [best, bestScore] = [candidate, score];
  }
  return values ? values[best]! : parameter.decode(best);
}

/**
 * Tree-structured Parzen estimator: splits past trials in good ones and the rest, estimates where in [0, 1] each lie, parameter by
 * parameter, and takes the candidate with the largest ratio of the densities, which is the one with the largest expected improvement.
 *
 * Bergstra, Bardenet, Bengio & Kégl 2011, "Algorithms for hyper-parameter optimization"; the settings are those of Optuna's
 * TPESampler (Akiba et al. 2019), parameters independent, 10 trials at random first, 24 candidates, a tenth (at most 25) good.
 * Whole numbers are drawn in their continuous scale and rounded down, where Optuna integrates over their cells.
 *
 * @example study({ sampler: tpe(), ... })
 */
export function tpe(options: TpeOptions = {}): Sampler {
  checkOptions('tpe', options, ['startupTrials', 'candidates']);
  const { startupTrials = 10, candidates = 24 } = options;
  checkNumber('tpe', 'startupTrials', startupTrials, { minimum: 1, integer: true });
  checkNumber('tpe', 'candidates', candidates, { minimum: 1, integer: true });
  return {
    name: 'tpe',
    config: { startupTrials, candidates },
    needs: (index, lag) => Math.max(0, index - lag + 1),
    propose({ space, trials, random }) {
      const known = usable(trials, startupTrials);
      if (known.length === 0) return drawRandom(space, random);
      const good = new Set([...known].sort(compare).slice(0, goodCount(known.length)));
      const valuesOf = (name: string, isGood: boolean) =>
        known.flatMap((trial) =>
          good.has(trial) === isGood && Object.hasOwn(trial.params, name) ? [trial.params[name]!] : [],
        );
      return drawParams(space, (name, parameter) =>
        propose(parameter, [valuesOf(name, true), valuesOf(name, false)], candidates, random),
      );
    },
  };
}
