// Moves and fills runs of 4-byte words. Short runs are done in place, because the engine's bulk operations cost a call.

import { storeLanes } from './lanes';

/** Words above which the engine's own copy wins. */
const BULK_WORDS: u32 = 64;

/** Copies `words` words between buffers that do not overlap. */
export function copyWords(target: usize, source: usize, words: u32): void {
  if (words > BULK_WORDS) {
    memory.copy(target, source, (<usize>words) << 2);
    return;
  }
  for (; words >= 4; words -= 4) {
    v128.store(target, v128.load(source));
    target += 16;
    source += 16;
  }
  if (words) storeLanes(target, v128.load(source), words);
}

/** Writes one word `words` times. */
export function fillWords(target: usize, word: u32, words: u32): void {
  const value = i32x4.splat(word);
  for (; words >= 16; words -= 16) {
    v128.store(target, value);
    v128.store(target, value, 16);
    v128.store(target, value, 32);
    v128.store(target, value, 48);
    target += 64;
  }
  for (; words >= 4; words -= 4) {
    v128.store(target, value);
    target += 16;
  }
  storeLanes(target, value, words);
}
