import type { Schedule } from '../bindings/index.js';

/** A learning rate that grows in a straight line from 0 to `peak` over the first `rise` of `steps`, then falls to 0. */
export function riseAndFall(peak: number, steps: number, rise: number): Schedule {
  return (step) => peak * (step < rise ? step / rise : Math.max(0, 1 - (step - rise) / (steps - rise)));
}
