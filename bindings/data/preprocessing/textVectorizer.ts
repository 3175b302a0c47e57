import type { Shape } from '../../graph/shape.js';
import { DataError, OptionError, ShapeError, StateError } from '../../runtime/errors.js';
import { log } from '../../runtime/math.js';
import { checkNumber, checkOptions, describeValue } from '../../runtime/suggest.js';
import { splitWords } from '../augmentation/text/words.js';
import { Table, toTable, type TableData, type TableRow } from '../table.js';
import type { Preprocessor } from './preprocessor.js';

/** Texts, or texts that are split into words already. */
export type TextData = readonly (string | readonly string[])[];

/** Word numbers (int32), or figures of words (float32), one row a text: what `fit` and `predict` take. */
export interface VectorizedTexts {
  data: Int32Array | Float32Array;
  shape: Shape;
}

export interface TextVectorizerOptions {
  /** The most frequent words alone, so many with those for padding and the unknown; all by default. */
  maximumTokens?: number;
  /**
   * 'int' (the default): the numbers of the words in their order. 'binary': 1 for each word that is in the text. 'count': how
   * often it is. 'tfIdf': count · log(1 + N / (1 + n)), n of the N training texts having the word.
   */
  outputMode?: 'int' | 'binary' | 'count' | 'tfIdf';
  /** Words a text with 'int': longer ones are cut at their end, shorter ones padded. By default the longest of each call. */
  outputLength?: number;
  /** What is done to a text before it is split at white space; 'lowerAndStripPunctuation' by default. */
  standardize?: 'lowerAndStripPunctuation' | 'lower' | 'none';
}

/** Texts to numbers, made by `textVectorizer`: a preprocessor that takes lists of texts, too. */
export interface TextVectorizer extends Preprocessor {
  /**
   * Words by number: with 'int' '' (padding) is 0 and '[UNK]' (unknown) 1; else '[UNK]' is 0, and there is no padding.
   * Undefined before `fit`.
   */
  readonly vocabulary: readonly string[] | undefined;
  /** Learns the words. Fit it on the training texts alone. */
  fit(x: TextData | TableData): this;
  /** @throws StateError before `fit`. */
  transform(x: TextData): VectorizedTexts;
  /** Of a table with one column, of texts, come columns `NAME_0`, `NAME_1` ..., or `NAME_WORD` for figures of words. */
  transform(x: TableData): Table;
  fitTransform(x: TextData): VectorizedTexts;
  fitTransform(x: TableData): Table;
  /** The words of a text, as they are looked up. */
  words(text: string): string[];
}

interface VectorizerState {
  /** Name of the column in tables. */
  names: readonly [string];
  /** Known words, the most frequent first. */
  words: readonly string[];
  /** Inverse document frequency of each, for 'tfIdf'. */
  idf?: readonly number[];
}

const PADDING = '';
const UNKNOWN = '[UNK]';
const NAME = 'textVectorizer';
/** ASCII punctuation: what Keras leaves out. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

const STANDARDS = {
  lowerAndStripPunctuation: (text: string): string => text.toLowerCase().replace(PUNCTUATION, ''),
  lower: (text: string): string => text.toLowerCase(),
  none: (text: string): string => text,
};

/** What a word that is there `count` times weighs; undefined where its number is asked for. */
const WEIGHTS = {
  int: undefined,
  binary: (): number => 1,
  count: (count: number): number => count,
  tfIdf: (count: number, idf: number): number => count * idf,
};

function checkChoice(option: string, value: unknown, known: object): void {
  if (typeof value === 'string' && Object.hasOwn(known, value)) return;
  const names = Object.keys(known).join("', '");
  throw new OptionError(`${NAME}: ${option} must be one of '${names}', got ${describeValue(value)}.`);
}

const isRows = (x: unknown): x is readonly TableRow[] =>
  Array.isArray(x) && typeof x[0] === 'object' && x[0] !== null && !Array.isArray(x[0]);

const isTable = (x: TextData | TableData): x is Table | readonly TableRow[] => x instanceof Table || isRows(x);

/** The texts of the only column of a table. */
function columnOf(x: Table | readonly TableRow[]): { name: string; texts: TextData } {
  const { names, columns } = toTable(NAME, x);
  if (names.length !== 1) {
    throw new ShapeError(
      `${NAME}: expected a table of one column, got ${names.length} (${names.join(', ')}). Use columnTransformer.`,
    );
  }
  return { name: names[0]!, texts: columns[0] as TextData };
}

/** The state of words in a number of texts, most frequent first, equals in the order of their letters. */
function learn(
  name: string,
  texts: readonly (readonly string[])[],
  most: number,
  isWeighted: boolean,
): VectorizerState {
  const counts = new Map<string, number>();
  const documents = new Map<string, number>();
  for (const words of texts) {
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const word of new Set(words)) documents.set(word, (documents.get(word) ?? 0) + 1);
  }
  const words = [...counts]
    .filter(([word]) => word !== PADDING && word !== UNKNOWN)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .map(([word]) => word);
  if (words.length === 0) throw new DataError(`${NAME}: no words in ${texts.length} texts. Give texts to fit on.`);
  if (!isWeighted) return { names: [name], words };
  return { names: [name], words, idf: words.map((word) => log(1 + texts.length / (1 + documents.get(word)!))) };
}

function checkState(given: unknown, isWeighted: boolean): VectorizerState {
  const { names, words, idf } = (given ?? {}) as Record<string, unknown>;
  const isTexts = (value: unknown): value is string[] =>
    Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
  const hasWeights = Array.isArray(idf) && idf.every(Number.isFinite) && idf.length === (words as unknown[])?.length;
  const fits = isTexts(names) && names.length === 1 && isTexts(words) && new Set(words).size === words.length;
  if (fits && (hasWeights || !isWeighted)) return given as VectorizerState;
  throw new StateError(
    `${NAME}: expected the state of a ${NAME} with these options, got ${Object.keys(given ?? {}).join(', ') || describeValue(given)}.`,
  );
}

/**
 * Texts as numbers, as Keras's TextVectorization: a text is lower-cased, rid of punctuation and split at white space, and its words
 * become their numbers among the most frequent words of the training texts, or figures of these words. With 'int', 0 is padding
 * (`embedding` leaves it out with `maskZero`) and 1 a word that the training texts do not have (or not often enough). Otherwise
 * there is a column a word; column 0 is for all unknown ones, which weigh the mean of the others with 'tfIdf'.
 *
 * Shapes: texts [n] to [n, outputLength], or [n, words].
 *
 * @throws OptionError for options out of range. @throws DataError for what is no text, or no words to learn.
 * @throws StateError for `transform` before `fit`.
 * @example
 * const vectorizer = textVectorizer({ maximumTokens: 5000, outputLength: 60 });
 * await model.fit(vectorizer.fitTransform(trainingTexts), labels);
 * await model.predict(vectorizer.transform(['Buy now!']));
 */
export function textVectorizer(options: TextVectorizerOptions = {}): TextVectorizer {
  checkOptions(NAME, options, ['maximumTokens', 'outputMode', 'outputLength', 'standardize']);
  const { maximumTokens, outputMode = 'int', outputLength, standardize = 'lowerAndStripPunctuation' } = options;
  checkChoice('outputMode', outputMode, WEIGHTS);
  checkChoice('standardize', standardize, STANDARDS);
  const specials = outputMode === 'int' ? [PADDING, UNKNOWN] : [UNKNOWN];
  const unknown = specials.length - 1;
  const range = { minimum: specials.length + 1, integer: true };
  if (maximumTokens !== undefined) checkNumber(NAME, 'maximumTokens', maximumTokens, range);
  if (outputLength !== undefined) {
    checkNumber(NAME, 'outputLength', outputLength, { minimum: 1, integer: true });
    if (outputMode !== 'int')
      throw new OptionError(`${NAME}: outputLength goes with outputMode 'int', not '${outputMode}'.`);
  }
  const weigh = WEIGHTS[outputMode];
  let state: VectorizerState | undefined;
  let numbers = new Map<string, number>();

  const take = (learned: VectorizerState): void => {
    state = learned;
    numbers = new Map(learned.words.map((word, i) => [word, specials.length + i]));
  };
  const wordsOf = (text: string): string[] => splitWords(STANDARDS[standardize](text));
  const split = (texts: TextData): (readonly string[])[] => {
    if (!Array.isArray(texts) || texts.length === 0) {
      throw new DataError(`${NAME}: expected a list of at least one text, got ${describeValue(texts)}.`);
    }
    return (texts as TextData).map((text: unknown, i) => {
      if (typeof text === 'string') return wordsOf(text);
      if (Array.isArray(text) && text.every((word) => typeof word === 'string')) return text;
      throw new DataError(`${NAME}: text ${i} is ${describeValue(text)}. Give texts, or lists of words.`);
    });
  };
  const numberOf = (word: string): number => numbers.get(word) ?? unknown;

  function toNumbers(texts: readonly (readonly string[])[]): VectorizedTexts {
    const length = outputLength ?? texts.reduce((most, words) => Math.max(most, words.length), 1);
    const data = new Int32Array(texts.length * length);
    texts.forEach((words, i) => data.set(words.slice(0, length).map(numberOf), i * length));
    return { data, shape: [texts.length, length] };
  }

  function toFigures(texts: readonly (readonly string[])[], { words, idf = [] }: VectorizerState): VectorizedTexts {
    const width = words.length + 1;
    const weights = [idf.reduce((sum, weight) => sum + weight, 0) / idf.length, ...idf];
    const data = new Float32Array(texts.length * width);
    texts.forEach((own, i) => {
      const row = data.subarray(i * width, (i + 1) * width);
      for (const word of own) row[numberOf(word)]!++;
      row.forEach((count, word) => {
        if (count > 0) row[word] = weigh!(count, weights[word]!);
      });
    });
    return { data, shape: [texts.length, width] };
  }

  function transformTexts(texts: TextData): VectorizedTexts {
    if (!state) throw new StateError(`${NAME}: transform before fit. Call fit on the training texts first.`);
    return weigh ? toFigures(split(texts), state) : toNumbers(split(texts));
  }

  function transformTable(x: Table | readonly TableRow[]): Table {
    const { name, texts } = columnOf(x);
    const { data, shape } = transformTexts(texts);
    const [rows, width] = shape as [number, number];
    if (name !== state!.names[0]) {
      throw new ShapeError(`${NAME}: fitted on column '${state!.names[0]}', got '${name}'. Give the same column.`);
    }
    const suffixes = weigh ? [UNKNOWN, ...state!.words] : Array.from({ length: width }, (_, i) => i);
    return new Table(
      suffixes.map((suffix) => `${name}_${suffix}`),
      suffixes.map((_, column) => Array.from({ length: rows }, (_, row) => data[row * width + column]!)),
    );
  }

  const vectorizer = {
    name: NAME,
    config: {
      outputMode,
      standardize,
      ...(maximumTokens === undefined ? {} : { maximumTokens }),
      ...(outputLength === undefined ? {} : { outputLength }),
    },
    get state() {
      return state;
    },
    get vocabulary() {
      return state && [...specials, ...state.words];
    },
    fit(x: TextData | TableData) {
      const { name, texts } = isTable(x) ? columnOf(x) : { name: 'text', texts: x as TextData };
      take(learn(name, split(texts), (maximumTokens ?? Infinity) - specials.length, outputMode === 'tfIdf'));
      return vectorizer;
    },
    transform: (x: TextData | TableData) => (isTable(x) ? transformTable(x) : transformTexts(x as TextData)),
    fitTransform: (x: TextData | TableData) => vectorizer.fit(x).transform(x),
    load(given: unknown) {
      take(checkState(given, outputMode === 'tfIdf'));
      return vectorizer;
    },
    words: wordsOf,
    toJSON: () => ({ name: NAME, config: vectorizer.config, state }),
  };
  return vectorizer as unknown as TextVectorizer;
}
