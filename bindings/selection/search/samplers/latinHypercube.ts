import { range } from '../../../data/splits/groups.js';
import { RandomSequence } from '../../../runtime/random.js';
import { checkNumber, checkOptions } from '../../../runtime/suggest.js';
import { drawParams } from '../space.js';
import type { Sampler } from './sampler.js';

/** Streams of the orders of strata, one a parameter and round. */
const STRATA = 0x50000000;

/**
 * Parts each parameter in as many strata as there are samples, and draws once from each, the strata in a random order of each
 * parameter's own: every parameter by itself is covered evenly. More trials begin another round. McKay, Beckman & Conover 1979.
 *
 * @example latinHypercube({ samples: 20 })
 */
export function latinHypercube(options: { samples: number }): Sampler {
  checkOptions('latinHypercube', options, ['samples']);
  const samples = checkNumber('latinHypercube', 'samples', options.samples, { minimum: 1, integer: true });
  return {
    name: 'latinHypercube',
    config: { samples },
    size: () => samples,
    needs: () => 0,
    propose({ space, index, random, seed }) {
      const names = Object.keys(space);
      const round = Math.floor(index / samples);
      return drawParams(space, (name, parameter) => {
        const strata = new RandomSequence(seed, STRATA + round * names.length + names.indexOf(name));
        const stratum = strata.shuffled(range(samples))[index % samples]!;
        return parameter.decode((stratum + random.uniform()) / samples);
      });
    },
  };
}
