import { DataError, OptionError } from '../../../runtime/errors.js';
import { checkOptions, describeValue } from '../../../runtime/suggest.js';
import { checkProbability, type TextTransform, type TextTransformOptions } from './transform.js';
import { joinWords, splitWords } from './words.js';

/**
 * A text in another language. `seed` is drawn for the text in its epoch: for a translator that samples, or that chooses one of
 * several languages by it, so that a run can be made again.
 */
export type Translate = (text: string, context: { seed: number }) => string | Promise<string>;

export interface BackTranslationOptions extends TextTransformOptions {
  /** Into another language. */
  translate: Translate;
  /** Back into the language of the texts. */
  back: Translate;
}

/**
 * A paraphrase: the text translated into another language and back (Sennrich, Haddow & Birch 2016), by functions that you
 * give. It makes an augmenter asynchronous: use `textAsync`, `tokensAsync`, or its step in a `Dataset`. The variants are the
 * same in each run if the translations are.
 *
 * @throws OptionError for functions that are none, an unknown option, or a chance outside [0, 1].
 * @throws DataError when it is used, for a translation that fails (the failure is the `cause`), is no text, or is empty; for
 * tokens that are no words.
 * @example
 * const paraphrase = backTranslation({
 *   translate: (text) => translateText(text, 'en', 'de'),
 *   back: (text) => translateText(text, 'de', 'en'),
 *   probability: 0.3,
 * });
 * await textAugmenter([paraphrase]).textAsync('Good morning', { epoch: 0, index: 0 });
 */
export function backTranslation(options: BackTranslationOptions): TextTransform {
  const name = 'backTranslation';
  checkOptions(name, options, ['translate', 'back', 'probability']);
  const probability = checkProbability(name, options.probability);
  for (const option of ['translate', 'back'] as const) {
    if (typeof options[option] === 'function') continue;
    throw new OptionError(`${name}: ${option} must be a function of a text, got ${describeValue(options[option])}.`);
  }
  const run = async (option: 'translate' | 'back', text: string, seed: number, where: string): Promise<string> => {
    let translated: unknown;
    try {
      translated = await options[option](text, { seed });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : describeValue(cause);
      throw new DataError(`${name}: ${where}: ${option} failed: ${message}`, { cause });
    }
    if (typeof translated === 'string' && translated.trim() !== '') return translated;
    const got = typeof translated === 'string' ? 'an empty one' : describeValue(translated);
    throw new DataError(`${name}: ${where}: ${option} must give a text, got ${got}.`);
  };
  return {
    name,
    isAsync: true,
    async apply(words, random, where) {
      const odd = words.find((word) => typeof word !== 'string');
      if (odd !== undefined) {
        throw new DataError(
          `${name}: ${where} has ${odd}, a number. Translate words, and make them numbers afterwards.`,
        );
      }
      if (random.uniform() >= probability) return words;
      const seed = random.word();
      const there = await run('translate', joinWords(words as readonly string[]), seed, where);
      return splitWords(await run('back', there, seed, where));
    },
  };
}
