import { drawRandom, type Sampler } from './sampler.js';

/**
 * Each trial drawn by itself. Bergstra & Bengio 2012, "Random search for hyper-parameter optimization".
 *
 * @example study({ sampler: randomSearch(), ... })
 */
export const randomSearch = (): Sampler => ({
  name: 'randomSearch',
  config: {},
  needs: () => 0,
  propose: ({ space, random }) => drawRandom(space, random),
});
