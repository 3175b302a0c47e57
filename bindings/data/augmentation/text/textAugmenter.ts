import { isNdArray, type NumericArray } from '../../arrays.js';
import { DataError, OptionError, StateError } from '../../../runtime/errors.js';
import { SampleSequence } from '../../../runtime/random.js';
import { checkNumber, checkOptions, describeValue } from '../../../runtime/suggest.js';
import type { TextPlace, TextTransform, Token } from './transform.js';
import { fieldOf, isTokens, joinWords, likeTokens, padded, splitWords, afterwards, wordsOf } from './words.js';

export interface TextAugmenterOptions {
  /** The same seed gives the same variants; 0 by default. */
  seed?: number;
  /**
   * Number that fills texts up at their end. It is no word, stays at the end, and the text keeps its length: what no longer
   * fits is cut off. Without it, texts may become longer and shorter.
   */
  paddingId?: number;
}

export interface AugmentStepOptions {
  /** Field of a sample that has the text; by default the sample is the text. */
  field?: string;
  /**
   * Field that has the number of the text in the data set; by default the place at which the sample comes, which is right before
   * a `shuffle` or `filter`.
   */
  indexField?: string;
}

/** Changes texts, made by `textAugmenter`. */
export interface TextAugmenter {
  /** Whether a transform is asynchronous, so that `tokens` and `text` are not to be had. */
  readonly isAsync: boolean;
  /** A variant of a list of words or word numbers: a list, or a typed array of the same type. */
  tokens<T extends Token>(tokens: readonly T[], place: TextPlace): T[];
  tokens<A extends NumericArray>(tokens: A, place: TextPlace): A;
  /** A variant of a text. Words are what stands between white space; they come out with one blank between them. */
  text(text: string, place: TextPlace): string;
  tokensAsync<T extends Token>(tokens: readonly T[], place: TextPlace): Promise<T[]>;
  tokensAsync<A extends NumericArray>(tokens: A, place: TextPlace): Promise<A>;
  textAsync(text: string, place: TextPlace): Promise<string>;
  /**
   * A step for `Dataset.map`, by which every epoch has new variants: of samples that are texts, lists of words, or arrays of
   * word numbers, or that have such a field.
   */
  step(options?: AugmentStepOptions): <T>(sample: T, index: number, epoch: number) => T | Promise<T>;
}

const UINT32 = { minimum: 0, maximum: 0xffffffff, integer: true };
/** Steps that the draws can tell apart. */
const MOST_TRANSFORMS = 0x10000;

const isTransform = (value: unknown): value is TextTransform =>
  typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function';

function checkTransforms(transforms: readonly TextTransform[]): void {
  if (!Array.isArray(transforms) || transforms.length === 0 || transforms.length > MOST_TRANSFORMS) {
    throw new OptionError(`textAugmenter: expected an array of transforms, got ${describeValue(transforms)}.`);
  }
  transforms.forEach((transform: unknown, i) => {
    if (isTransform(transform)) return;
    throw new OptionError(
      `textAugmenter: transform ${i} is ${describeValue(transform)}. Give synonymReplacement(...), randomWordSwap(...), ` +
        'randomWordDeletion(...), randomWordInsertion(...) or backTranslation(...).',
    );
  });
}

/**
 * Transforms of texts one behind the other. The variant of a text is a function of the seed, the epoch and the index of the text
 * in the data set: batch size, order, threads and what was changed before do not matter. Each transform has draws of its own, so
 * that one more at the end changes nothing before it.
 *
 * @throws OptionError for no transform, or an unknown option. @throws StateError for `tokens` and `text` with an asynchronous
 * transform. @throws DataError for tokens of mixed types, or padding before a word.
 * @example
 * const augmenter = textAugmenter([synonymReplacement({ thesaurus }), randomWordSwap({ probability: 0.5 })], { seed: 1 });
 * augmenter.text('a good film', { epoch: 0, index: 17 });
 * const batches = iterableDataset(samples).map(augmenter.step({ field: 'text' })).map(toNumbers).shuffle(1000).batch(32);
 */
export function textAugmenter(transforms: readonly TextTransform[], options: TextAugmenterOptions = {}): TextAugmenter {
  checkTransforms(transforms);
  checkOptions('textAugmenter', options, ['seed', 'paddingId']);
  const { seed = 0, paddingId } = options;
  checkNumber('textAugmenter', 'seed', seed, { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, integer: true });
  if (paddingId !== undefined) checkNumber('textAugmenter', 'paddingId', paddingId, { integer: true });
  const waiting = transforms.find(({ isAsync }) => isAsync);

  function change(tokens: readonly Token[], place: TextPlace): readonly Token[] | Promise<readonly Token[]> {
    checkOptions('textAugmenter: place', place, ['epoch', 'index']);
    const { epoch, index } = place;
    checkNumber('textAugmenter', 'epoch', epoch, UINT32);
    checkNumber('textAugmenter', 'index', index, UINT32);
    const where = `text ${index} of epoch ${epoch}`;
    const words = wordsOf(where, tokens, paddingId);
    if (words.length === 0) return tokens;
    const changed = transforms.reduce<readonly Token[] | Promise<readonly Token[]>>((given, transform, step) => {
      const random = new SampleSequence(seed, { epoch, index, step });
      return afterwards(given, (own) => transform.apply(own, random, where)) as typeof given;
    }, words);
    return paddingId === undefined ? changed : afterwards(changed, (own) => padded(own, tokens.length, paddingId));
  }

  function changeTokens(tokens: unknown, place: TextPlace): unknown {
    if (!isTokens(tokens)) {
      throw new DataError(`textAugmenter: expected an array of words or numbers, got ${describeValue(tokens)}.`);
    }
    return afterwards(change(Array.from(tokens as ArrayLike<Token>), place), (own) => likeTokens(tokens, own));
  }

  function changeText(text: unknown, place: TextPlace): string | Promise<string> {
    if (typeof text !== 'string') throw new DataError(`textAugmenter: expected a text, got ${describeValue(text)}.`);
    return afterwards(change(splitWords(text), place), (words) => joinWords(words as readonly string[]));
  }

  function changeSample(sample: unknown, place: TextPlace): unknown {
    if (typeof sample === 'string') return changeText(sample, place);
    if (isTokens(sample)) return changeTokens(sample, place);
    if (isNdArray(sample) && sample.shape.length === 1) {
      return afterwards(changeTokens(sample.data, place) as NumericArray, (data) => ({ data, shape: [data.length] }));
    }
    throw new DataError(
      `textAugmenter: sample ${place.index} is ${describeValue(sample)}. Give a text, a list of words or an array of word ` +
        'numbers, or name the field that has it.',
    );
  }

  const inTime = (method: string): void => {
    if (!waiting) return;
    throw new StateError(`textAugmenter.${method}: ${waiting.name} takes time. Use ${method}Async, and await it.`);
  };
  const augmenter = {
    isAsync: waiting !== undefined,
    tokens(tokens: unknown, place: TextPlace) {
      inTime('tokens');
      return changeTokens(tokens, place);
    },
    text(text: string, place: TextPlace) {
      inTime('text');
      return changeText(text, place);
    },
    tokensAsync: async (tokens: unknown, place: TextPlace) => await changeTokens(tokens, place),
    textAsync: async (text: string, place: TextPlace) => await changeText(text, place),
    step(stepOptions: AugmentStepOptions = {}) {
      checkOptions('textAugmenter.step', stepOptions, ['field', 'indexField']);
      const { field, indexField } = stepOptions;
      return (sample: unknown, position: number, epoch: number) => {
        const index = indexField === undefined ? position : (fieldOf(sample, indexField, position) as number);
        if (field === undefined) return changeSample(sample, { epoch, index });
        const text = fieldOf(sample, field, position);
        return afterwards(changeSample(text, { epoch, index }), (changed) => ({
          ...(sample as object),
          [field]: changed,
        }));
      };
    },
  };
  return augmenter as TextAugmenter;
}
