import { checkNumber, checkOptions } from '../../../runtime/suggest.js';
import { drawParams } from '../space.js';
import type { Observation } from '../trial.js';
import { drawRandom, type Sampler } from './sampler.js';

export interface CoarseToFineOptions {
  /** Trials a round. */
  samples: number;
  /** 3 by default. */
  rounds?: number;
  /** Width of a round's box as a share of the one before, in the parameter's own scale; 0.5 by default. */
  shrink?: number;
  /** Choices of later rounds are those of so many best trials; 3 by default. */
  keep?: number;
}

const byLoss = (a: Observation, b: Observation): number => a.loss! - b.loss! || a.number - b.number;

/**
 * Random search in rounds: the first in the whole space, each later one in a smaller box about the best trial so far. Numbers in
 * their scale (log where they are), choices among those of the best few trials.
 *
 * @example coarseToFine({ samples: 15, rounds: 3 }) // 45 trials
 */
export function coarseToFine(options: CoarseToFineOptions): Sampler {
  const where = 'coarseToFine';
  checkOptions(where, options, ['samples', 'rounds', 'shrink', 'keep']);
  const { samples, rounds = 3, shrink = 0.5, keep = 3 } = options;
  for (const [name, value] of Object.entries({ samples, rounds, keep })) {
    checkNumber(where, name, value, { minimum: 1, integer: true });
  }
  checkNumber(where, 'shrink', shrink, { above: 0, below: 1 });
  const roundOf = (index: number) => Math.min(rounds - 1, Math.floor(index / samples));
  return {
    name: where,
    config: { samples, rounds, shrink, keep },
    size: () => samples * rounds,
    needs: (index) => roundOf(index) * samples,
    propose({ space, index, trials, random }) {
      const best = trials
        .filter(({ loss }) => loss !== undefined)
        .sort(byLoss)
        .slice(0, keep);
      const [first] = best;
      if (!first) return drawRandom(space, random);
      let width = 1;
      for (let round = roundOf(index); round > 0; round--) width *= shrink;
      return drawParams(space, (name, parameter) => {
        const place = random.uniform();
        const known = best.flatMap(({ params }) => (Object.hasOwn(params, name) ? [params[name]!] : []));
        if (known.length === 0) return parameter.decode(place);
        if (parameter.values) return known[Math.floor(place * known.length)]!;
        const middle = parameter.encode(known[0]!);
        // The box is moved inside where it would reach out.
        const low = Math.min(1 - width, Math.max(0, middle - width / 2));
        return parameter.decode(low + place * width);
      });
    },
  };
}
