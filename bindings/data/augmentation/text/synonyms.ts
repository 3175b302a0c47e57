// Synonyms of words, or of their numbers.

import { DataError, OptionError } from '../../../runtime/errors.js';
import type { RandomSequence } from '../../../runtime/random.js';
import { checkOptions, describeValue, isPlain } from '../../../runtime/suggest.js';
import {
  WORD_OPTIONS,
  wordTransform,
  type ChangeWords,
  type TextTransform,
  type Token,
  type WordTransformOptions,
} from './transform.js';

/**
 * Synonyms by word, as a Map or an object; or by number of the word, as a Map. Words that should stay (stop words) have no entry.
 * Words of the thesaurus are lower case.
 */
export type Thesaurus =
  | ReadonlyMap<string, readonly string[]>
  | ReadonlyMap<number, readonly number[]>
  | Readonly<Record<string, readonly string[]>>;

/** What stands around a word: punctuation in front, the word, punctuation behind. */
const WORD = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su;

function entriesOf(where: string, thesaurus: unknown): [unknown, unknown][] {
  if (thesaurus instanceof Map) return [...(thesaurus as ReadonlyMap<unknown, unknown>)];
  if (isPlain(thesaurus)) return Object.entries(thesaurus);
  throw new OptionError(
    `${where}: thesaurus must be a Map or an object from words to lists of synonyms, got ${describeValue(thesaurus)}.`,
  );
}

/** A thesaurus that was checked. */
export class Synonyms {
  private readonly entries = new Map<Token, readonly Token[]>();
  private readonly kind: string;

  /** @throws OptionError for what is no map of words to lists of other words. */
  constructor(
    private readonly where: string,
    thesaurus: unknown,
  ) {
    const entries = entriesOf(where, thesaurus);
    this.kind = typeof entries[0]?.[0];
    for (const [word, synonyms] of entries) {
      const isWord = typeof word === this.kind && (typeof word === 'string' || Number.isInteger(word));
      if (
        !isWord ||
        !Array.isArray(synonyms) ||
        synonyms.some((synonym) => typeof synonym !== this.kind || synonym === '')
      ) {
        throw new OptionError(
          `${where}: the thesaurus must map each word to a list of words, or each number to a list of numbers; ` +
            `got ${describeValue(word)}: ${describeValue(synonyms)}.`,
        );
      }
      const others = (synonyms as Token[]).filter((synonym) => synonym !== word);
      if (others.length > 0) this.entries.set(word as Token, others);
    }
    if (this.entries.size === 0) throw new OptionError(`${where}: the thesaurus has no synonyms. Give some.`);
  }

  /** Synonyms of a token. Punctuation around a word, and the case of its letters, do not matter. */
  of(token: Token): readonly Token[] {
    if (typeof token !== this.kind) {
      throw new DataError(
        `${this.where}: the thesaurus has ${this.kind}s, the text has ${describeValue(token)}, a ${typeof token}. ` +
          'Give both as words, or both as numbers (thesaurusOfIds).',
      );
    }
    return this.entries.get(token) ?? (typeof token === 'string' ? this.entries.get(coreOf(token)) : undefined) ?? [];
  }

  /** One of the synonyms of a token, which must have some; in its punctuation and case, unless the thesaurus has just this token. */
  inPlaceOf(token: Token, random: RandomSequence): Token {
    const synonym = this.draw(token, random);
    if (typeof token === 'number' || typeof synonym === 'number' || this.entries.has(token)) return synonym;
    const [, front, word, behind] = WORD.exec(token) as unknown as [string, string, string, string];
    return front + inCaseOf(word, synonym) + behind;
  }

  /** One of the synonyms of a token, which must have some, as the thesaurus has it. */
  draw(token: Token, random: RandomSequence): Token {
    const synonyms = this.of(token);
    return synonyms[random.below(synonyms.length)]!;
  }
}

const coreOf = (token: string): string => WORD.exec(token)![2]!.toLowerCase();

function inCaseOf(word: string, synonym: string): string {
  const upper = word.toUpperCase();
  if (word === word.toLowerCase()) return synonym;
  if (word.length > 1 && word === upper) return synonym.toUpperCase();
  const isCapitalised = word[0] === upper[0] && word.slice(1) === word.slice(1).toLowerCase();
  return isCapitalised ? synonym[0]!.toUpperCase() + synonym.slice(1) : synonym;
}

export interface SynonymOptions extends WordTransformOptions {
  thesaurus: Thesaurus;
}

/** A transform that changes a share of the words by means of a thesaurus. */
export function synonymTransform(
  name: string,
  options: SynonymOptions,
  change: (...given: [...Parameters<ChangeWords>, Synonyms]) => readonly Token[],
): TextTransform {
  checkOptions(name, options, [...WORD_OPTIONS, 'thesaurus']);
  const { thesaurus, ...rest } = options;
  const synonyms = new Synonyms(name, thesaurus);
  return wordTransform(name, rest, (...given) => change(...given, synonyms));
}

/**
 * A thesaurus for word numbers: synonyms that have a number in a vocabulary, by number.
 *
 * @param vocabulary Words by number, as `textVectorizer().fit(texts).vocabulary`.
 * @example
 * const thesaurus = thesaurusOfIds({ good: ['fine', 'great'] }, vectorizer.vocabulary);
 * textAugmenter([synonymReplacement({ thesaurus })], { seed: 1, paddingId: 0 });
 */
export function thesaurusOfIds(
  thesaurus: ReadonlyMap<string, readonly string[]> | Readonly<Record<string, readonly string[]>>,
  vocabulary: readonly string[],
): Map<number, number[]> {
  const numbers = new Map(vocabulary.map((word, id) => [word, id]));
  const ids = new Map<number, number[]>();
  for (const [word, synonyms] of entriesOf('thesaurusOfIds', thesaurus) as [string, readonly string[]][]) {
    const id = numbers.get(word);
    if (id === undefined) continue;
    const known = synonyms.flatMap((synonym) => (numbers.has(synonym) ? [numbers.get(synonym)!] : []));
    if (known.length > 0) ids.set(id, known);
  }
  return ids;
}
