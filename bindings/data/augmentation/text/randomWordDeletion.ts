import { wordTransform, type TextTransform, type WordTransformOptions } from './transform.js';

/**
 * Each word is left out with the chance `share`, but one that is drawn if all were: random deletion of EDA (Wei & Zou 2019).
 *
 * @throws OptionError for shares out of order or outside [0, 1], or an unknown option.
 * @example textAugmenter([randomWordDeletion({ share: 0.1 })], { seed: 1 })
 */
export const randomWordDeletion = (options: WordTransformOptions = {}): TextTransform =>
  wordTransform('randomWordDeletion', options, (words, share, random) => {
    const kept = words.filter(() => random.uniform() >= share);
    return kept.length > 0 ? kept : [words[random.below(words.length)]!];
  });
