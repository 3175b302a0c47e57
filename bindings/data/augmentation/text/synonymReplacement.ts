import { synonymTransform, type SynonymOptions } from './synonyms.js';
import { countOf, type TextTransform } from './transform.js';

/**
 * n = max(1, round(share · words)) words, drawn among those that have synonyms, become one of their synonyms: synonym
 * replacement of EDA (Wei & Zou 2019). Punctuation around a word stays, and so does its case.
 *
 * @throws OptionError for shares out of order or outside [0, 1], an unknown option, or a thesaurus that is no map.
 * @throws DataError when it is used, for numbers with a thesaurus of words, or the other way round.
 * @example
 * const augmenter = textAugmenter([synonymReplacement({ thesaurus: { good: ['fine', 'great'] }, share: 0.2 })]);
 * augmenter.text('Good, this is.', { epoch: 0, index: 0 }); // 'Fine, this is.' or 'Great, this is.'
 */
export const synonymReplacement = (options: SynonymOptions): TextTransform =>
  synonymTransform('synonymReplacement', options, (words, share, random, synonyms) => {
    const known = words.flatMap((word, i) => (synonyms.of(word).length > 0 ? [i] : []));
    const changed = [...words];
    for (const i of random.shuffled(known).slice(0, countOf(share, words.length))) {
      changed[i] = synonyms.inPlaceOf(words[i]!, random);
    }
    return changed;
  });
