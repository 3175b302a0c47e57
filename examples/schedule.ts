import { polynomialDecay, warmup, type Schedule } from '../bindings/index.js';

/** A learning rate that grows in a straight line from 0 to `peak` over the first `rise` of `steps`, then falls to 0. */
export const riseAndFall = (peak: number, steps: number, rise: number): Schedule =>
  warmup(polynomialDecay({ learningRate: peak, steps: steps - rise }), { steps: rise });
