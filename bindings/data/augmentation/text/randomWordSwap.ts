import { countOf, wordTransform, type TextTransform, type WordTransformOptions } from './transform.js';

/**
 * n = max(1, round(share · words)) times, two words of the text, drawn at random, change places: random swap of EDA (Wei & Zou
 * 2019). A text of one word stays as it is. A model that does not see the order of words (the mean of their embeddings) does
 * not see this either.
 *
 * @throws OptionError for shares out of order or outside [0, 1], or an unknown option.
 * @example textAugmenter([randomWordSwap({ share: [0.05, 0.2], probability: 0.8 })], { seed: 1 })
 */
export const randomWordSwap = (options: WordTransformOptions = {}): TextTransform =>
  wordTransform('randomWordSwap', options, (words, share, random) => {
    if (words.length < 2) return words;
    const changed = [...words];
    for (let n = countOf(share, words.length); n > 0; n--) {
      const one = random.below(words.length);
      const other = (one + 1 + random.below(words.length - 1)) % words.length;
      [changed[one], changed[other]] = [changed[other]!, changed[one]!];
    }
    return changed;
  });
