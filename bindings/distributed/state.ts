// What travels between the coordinator and its members: all that training changes in a model, as flat vectors.

import { optimizerStateRegion, PARAMETERS, type TrainingCounters } from '../model/parameters.js';
import type { TrainerParts } from '../model/trainer.js';

/** Vectors of a model by region: its parameters, and one for each slot of the optimiser. */
export type Vectors = Readonly<Record<string, Float32Array>>;

/** A model between two steps. Shuffles, dropout and noise follow from seed, epoch and step. */
export interface TrainingState {
  vectors: Vectors;
  counters: TrainingCounters;
}

const regionsOf = ({ training }: TrainerParts): string[] => [
  PARAMETERS,
  ...training.states.map((state) => optimizerStateRegion(state)),
];

/** A copy of a model's vectors. */
export const copyVectors = (parts: TrainerParts): Vectors =>
  Object.fromEntries(regionsOf(parts).map((region) => [region, parts.store.flat(region).slice()]));

export function writeState(parts: TrainerParts, { vectors, counters }: TrainingState): void {
  for (const region of regionsOf(parts)) parts.store.flat(region).set(vectors[region]!);
  parts.store.counters = counters;
}

/** The first region with a value that is not finite. */
export const findNotFinite = (vectors: Vectors): string | undefined =>
  Object.keys(vectors).find((region) => vectors[region]!.some((value) => !Number.isFinite(value)));

/** What a member has come to, and what it counts for. */
export interface Weighted {
  vectors: Vectors;
  /** Samples that it has trained on. */
  samples: number;
}

/**
 * Σ nₘ vₘ / Σ nₘ of every vector, in float64 and in the order of the list, so that the bits do not depend on who was done first.
 * A single member comes out as it went in: n v / n is exact for float32 v and n < 2²⁹.
 */
export function averageVectors(members: readonly Weighted[]): Vectors {
  const total = members.reduce((sum, { samples }) => sum + samples, 0);
  const average = (region: string): Float32Array => {
    const sums = new Float64Array(members[0]!.vectors[region]!.length);
    for (const { vectors, samples } of members) {
      const values = vectors[region]!;
      for (let i = 0; i < sums.length; i++) sums[i]! += samples * values[i]!;
    }
    return Float32Array.from(sums, (sum) => sum / total);
  };
  return Object.fromEntries(Object.keys(members[0]!.vectors).map((region) => [region, average(region)]));
}
