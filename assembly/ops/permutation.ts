// Shuffles the examples of an epoch: a permutation drawn from the run's seed. Each swap depends on those before it, so
// one part does it all.

import { PermutationField, RunStateField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { philoxWord } from '../lib/philox';

/** Keeps these draws apart from all others of the same seed (see lib/philox.ts). */
const PERMUTATION_DOMAIN: u32 = 1;

export function permutation(instruction: usize, part: u32, _parts: u32): void {
  if (part) return;
  const target = pointer(instruction, PermutationField.targetPointer);
  const length = count(instruction, PermutationField.count);
  const state = pointer(instruction, PermutationField.statePointer);
  const stream = count(instruction, PermutationField.stream);
  const coordinate = load<u32>(pointer(instruction, PermutationField.coordinatePointer));
  const seedLow = count(state, RunStateField.seedLow);
  const seedHigh = count(state, RunStateField.seedHigh);
  for (let i: u32 = 0; i < length; ++i) store<u32>(target + ((<usize>i) << 2), i);
  for (let i = length; i > 1;) {
    const bound = i--;
    const word = philoxWord(i, stream, coordinate, PERMUTATION_DOMAIN, seedLow, seedHigh);
    swap(target + ((<usize>i) << 2), target + ((<usize>below(bound, word)) << 2));
  }
}

/** A draw from 0..bound-1. Its bias, bound / 2^32, is far below what any training can notice. */
@inline
function below(bound: u32, word: u32): u32 {
  return <u32>((<u64>word * <u64>bound) >> 32);
}

@inline
function swap(a: usize, b: usize): void {
  const kept = load<u32>(a);
  store<u32>(a, load<u32>(b));
  store<u32>(b, kept);
}
