// Samples by what they have in common, and by lot.

import type { RandomSequence } from '../../runtime/random.js';

/** Numbers 0 .. count - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** So many of the numbers 0 .. total - 1, drawn without replacement, in their order. */
export const drawDistinct = (random: RandomSequence, total: number, count: number): number[] =>
  random
    .shuffled(range(total))
    .slice(0, count)
    .sort((a, b) => a - b);

/** The samples of each label, in the order in which labels first appear. */
export function samplesByLabel<T>(labels: ArrayLike<T>): Map<T, number[]> {
  const members = new Map<T, number[]>();
  for (let sample = 0; sample < labels.length; sample++) {
    const known = members.get(labels[sample]!);
    if (known) known.push(sample);
    else members.set(labels[sample]!, [sample]);
  }
  return members;
}
