import { synonymTransform, type SynonymOptions } from './synonyms.js';
import { countOf, type TextTransform } from './transform.js';

/**
 * n = max(1, round(share · words)) times, a synonym of a word of the text, drawn among those that have synonyms, is put in at
 * a random place: random insertion of EDA (Wei & Zou 2019). A text in which no word has a synonym stays as it is.
 *
 * @throws OptionError and DataError as `synonymReplacement`.
 * @example textAugmenter([randomWordInsertion({ thesaurus: { good: ['fine', 'great'] }, share: 0.1, probability: 0.5 })])
 */
export const randomWordInsertion = (options: SynonymOptions): TextTransform =>
  synonymTransform('randomWordInsertion', options, (words, share, random, synonyms) => {
    const known = words.filter((word) => synonyms.of(word).length > 0);
    if (known.length === 0) return words;
    const changed = [...words];
    for (let n = countOf(share, words.length); n > 0; n--) {
      const synonym = synonyms.draw(known[random.below(known.length)]!, random);
      changed.splice(random.below(changed.length + 1), 0, synonym);
    }
    return changed;
  });
