// What a transform of texts is: words in, words out, and draws of its own.

import { OptionError } from '../../../runtime/errors.js';
import type { RandomSequence } from '../../../runtime/random.js';
import { checkNumber, checkOptions, describeValue } from '../../../runtime/suggest.js';

/** A word, or its number. */
export type Token = string | number;

/** Which text is changed: the same seed, epoch and index give the same variant. */
export interface TextPlace {
  /** From 0. */
  epoch: number;
  /** Of the text in the data set, from 0. */
  index: number;
}

/** One way of changing a text, made by `synonymReplacement` and its like, for `textAugmenter`. */
export interface TextTransform {
  readonly name: string;
  /** Whether `apply` gives a promise. */
  readonly isAsync: boolean;
  /** @param words At least one, all strings or all numbers. @param where The text, for messages. */
  apply(words: readonly Token[], random: RandomSequence, where: string): readonly Token[] | Promise<readonly Token[]>;
}

export interface TextTransformOptions {
  /** Chance that a text is changed at all, in [0, 1]; 1 by default. */
  probability?: number;
}

export interface WordTransformOptions extends TextTransformOptions {
  /**
   * Share of the words that are changed, in [0, 1], or [lowest, highest], between which each text draws its own; 0.1 by
   * default. A share above 0 changes at least one word.
   */
  share?: number | readonly [number, number];
}

/** Checks the chance of a transform. */
export const checkProbability = (where: string, probability: unknown = 1): number =>
  checkNumber(where, 'probability', probability, { minimum: 0, maximum: 1 });

function checkShare(where: string, share: unknown): readonly [number, number] {
  if (!Array.isArray(share)) {
    const value = checkNumber(where, 'share', share, { minimum: 0, maximum: 1 });
    return [value, value];
  }
  if (share.length !== 2) {
    throw new OptionError(`${where}: share must be a number or [lowest, highest], got ${describeValue(share)}.`);
  }
  const [low, high] = share.map((bound, i) => checkNumber(where, `share[${i}]`, bound, { minimum: 0, maximum: 1 })) as [
    number,
    number,
  ];
  if (low > high) throw new OptionError(`${where}: share [${low}, ${high}] is out of order. Give the lowest first.`);
  return [low, high];
}

/** What becomes of at least one word, of which a share above 0 is to be changed. */
export type ChangeWords = (words: readonly Token[], share: number, random: RandomSequence) => readonly Token[];

export const WORD_OPTIONS = ['share', 'probability'];

/** A transform that changes a share of the words. */
export function wordTransform(name: string, options: WordTransformOptions, change: ChangeWords): TextTransform {
  checkOptions(name, options, WORD_OPTIONS);
  const probability = checkProbability(name, options.probability);
  const [low, high] = checkShare(name, options.share ?? 0.1);
  return {
    name,
    isAsync: false,
    apply(words, random) {
      if (random.uniform() >= probability) return words;
      const share = low === high ? low : low + (high - low) * random.uniform();
      return share > 0 ? change(words, share, random) : words;
    },
  };
}

/** How many of so many words are a share of them: at least one. */
export const countOf = (share: number, words: number): number => Math.max(1, Math.round(share * words));
