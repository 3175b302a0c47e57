// Texts to numbers: the figures of Keras's TextVectorization by hand, and that JSON brings a vectorizer back.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  adam,
  columnTransformer,
  DataError,
  dense,
  embedding,
  globalAveragePooling1d,
  OptionError,
  pipeline,
  preprocessorFromConfig,
  readCsv,
  sequential,
  ShapeError,
  standardScaler,
  StateError,
  textVectorizer,
  withPreprocessing,
  type PreprocessorConfig,
  type TextVectorizer,
} from '../../bindings/index.js';

const TEXTS = ['The cat sat.', 'The dog, the CAT!', 'a bird'];
const rows = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }): number[][] =>
  Array.from({ length: shape[0]! }, (_, i) => Array.from(data).slice(i * shape[1]!, (i + 1) * shape[1]!));
const again = (vectorizer: TextVectorizer) =>
  preprocessorFromConfig(JSON.parse(JSON.stringify(vectorizer)) as PreprocessorConfig) as TextVectorizer;

describe('numbers of words', () => {
  test('the most frequent first, equals by their letters; 0 pads, 1 is unknown', () => {
    const vectorizer = textVectorizer().fit(TEXTS);
    expect(vectorizer.vocabulary).toEqual(['', '[UNK]', 'the', 'cat', 'a', 'bird', 'dog', 'sat']);
    const { data, shape } = vectorizer.transform(['the bird sat', 'A  cow']);
    expect(data).toEqual(Int32Array.of(2, 5, 7, 4, 1, 0));
    expect(shape).toEqual([2, 3]);
  });

  test('outputLength cuts and pads at the end', () => {
    const vectorizer = textVectorizer({ outputLength: 2 }).fit(TEXTS);
    expect(rows(vectorizer.transform(['the cat sat', 'dog', '']))).toEqual([
      [2, 3],
      [6, 0],
      [0, 0],
    ]);
    expect(textVectorizer().fit(TEXTS).transform(['']).shape).toEqual([1, 1]);
  });

  test('maximumTokens counts padding and the unknown', () => {
    const vectorizer = textVectorizer({ maximumTokens: 4 }).fit(TEXTS);
    expect(vectorizer.vocabulary).toEqual(['', '[UNK]', 'the', 'cat']);
    expect(rows(vectorizer.transform(['the dog cat']))).toEqual([[2, 1, 3]]);
    expect(textVectorizer({ maximumTokens: 3, outputMode: 'binary' }).fit(TEXTS).vocabulary).toEqual([
      '[UNK]',
      'the',
      'cat',
    ]);
  });

  test.each([
    ['lowerAndStripPunctuation', ['dont', 'stop', 'ÉTÉ'.toLowerCase()]],
    ['lower', ["don't", 'stop!', 'été']],
    ['none', ["Don't", 'stop!', 'ÉTÉ']],
  ] as const)('%s', (standardize, words) => {
    expect(textVectorizer({ standardize }).words("Don't stop!\n ÉTÉ")).toEqual(words);
  });

  test('all of ASCII punctuation goes, and nothing else', () => {
    const text = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\'';
    expect(textVectorizer().words(`${text}a${text}`)).toEqual(['a']);
    expect(textVectorizer().words('a9 ß€')).toEqual(['a9', 'ß€']);
  });

  test('texts that are words already are taken as they are', () => {
    const vectorizer = textVectorizer().fit([['The', 'cat'], ['The']]);
    expect(vectorizer.vocabulary).toEqual(['', '[UNK]', 'The', 'cat']);
    expect(rows(vectorizer.transform([['cat', 'the']]))).toEqual([[3, 1]]);
  });

  test('known words come back from their numbers, whatever the texts', () => {
    const text = fc.array(fc.stringMatching(/^[a-z]{1,2}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
        const vectorizer = textVectorizer().fit(texts);
        const back = rows(vectorizer.transform(texts)).map((ids) =>
          ids.filter((id) => id > 0).map((id) => vectorizer.vocabulary![id]),
        );
        expect(back).toEqual(texts);
      }),
    );
  });
});

describe('figures of words', () => {
  // the, cat are in 2 of 3 texts; a, bird, dog, sat in one.
  const [often, rare] = [Math.log(1 + 3 / 3), Math.log(1 + 3 / 2)];
  const mean = (2 * often + 4 * rare) / 6;

  test.each([
    ['binary', [1, 1, 0, 0, 0, 0, 1]],
    ['count', [2, 3, 0, 0, 0, 0, 1]],
    ['tfIdf', [2 * mean, 3 * often, 0, 0, 0, 0, rare]],
  ] as const)('%s', (outputMode, expected) => {
    const vectorizer = textVectorizer({ outputMode }).fit(TEXTS);
    expect(vectorizer.vocabulary).toEqual(['[UNK]', 'the', 'cat', 'a', 'bird', 'dog', 'sat']);
    const { data, shape } = vectorizer.transform(['the the the cow sat cow', '']);
    expect(shape).toEqual([2, 7]);
    expect(data).toBeInstanceOf(Float32Array);
    [...expected, ...new Array<number>(7).fill(0)].forEach((value, i) => expect(data[i]).toBeCloseTo(value, 6));
  });
});

test.each(['int', 'binary', 'count', 'tfIdf'] as const)('JSON brings it back: %s', (outputMode) => {
  const vectorizer = textVectorizer({ outputMode, maximumTokens: 5, standardize: 'lower' }).fit(TEXTS);
  const stored = again(vectorizer);
  expect(stored.config).toEqual(vectorizer.config);
  expect(stored.vocabulary).toEqual(vectorizer.vocabulary);
  expect(stored.transform(['The dog,', 'x'])).toEqual(vectorizer.transform(['The dog,', 'x']));
});

describe('tables', () => {
  const table = readCsv('note,price\nThe cat,1\nthe dog,2\n"a bird, the",3\n');

  test('a column of texts beside others, in a transformer that JSON brings back', () => {
    const prepare = columnTransformer([
      { columns: ['note'], transformer: textVectorizer({ outputMode: 'binary', maximumTokens: 3 }) },
      { columns: ['price'], transformer: standardScaler() },
    ]).fit(table);
    const out = prepare.transform(table);
    expect(out.names).toEqual(['note_[UNK]', 'note_the', 'note_a', 'price']);
    expect(out.column('note_the')).toEqual([1, 1, 1]);
    expect(out.column('note_[UNK]')).toEqual([1, 1, 1]);
    expect(out.column('note_a')).toEqual([0, 0, 1]);
    const stored = preprocessorFromConfig(JSON.parse(JSON.stringify(prepare)) as PreprocessorConfig);
    expect(stored.transform(table).data).toEqual(out.data);
  });

  test('numbers of words, behind a pipeline', () => {
    const out = pipeline([textVectorizer({ outputLength: 3 })]).fitTransform(table.select(['note']));
    expect(out.names).toEqual(['note_0', 'note_1', 'note_2']);
    expect(rows(out)).toEqual([
      [2, 5, 0],
      [2, 6, 0],
      [3, 4, 2],
    ]);
  });

  test('a model with its vectorizer learns which words matter', async () => {
    const notes = Array.from({ length: 40 }, (_, i) => ({ note: `${i % 2 ? 'buy' : 'see'} word${i % 7}` }));
    const labels = Int32Array.from(notes, (_, i) => i % 2);
    using net = sequential(
      [embedding(12, 4, { maskZero: true, inputShape: [3] }), globalAveragePooling1d(), dense(2)],
      { seed: 1 },
    );
    net.compile({
      optimizer: adam({ learningRate: 0.05 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const whole = withPreprocessing(net, textVectorizer({ maximumTokens: 12, outputLength: 3 }));
    await whole.fit(notes, labels, { epochs: 15 });
    expect((await whole.evaluate(notes, labels)).accuracy).toBe(1);
    expect([...(await whole.predict([{ note: 'Buy!' }, { note: 'see' }])).argMax()]).toEqual([1, 0]);
  });

  test('of one column, the fitted one, without gaps', () => {
    expect(() => textVectorizer().fit(table)).toThrow(ShapeError);
    const fitted = textVectorizer().fit(table.select(['note']));
    expect(() => fitted.transform([{ other: 'a' }])).toThrow("fitted on column 'note', got 'other'");
    expect(() => fitted.transform([{ note: 'a' }, { note: null }])).toThrow('text 1 is null');
  });
});

describe('bad input', () => {
  test.each([
    ['unknown option', { maxTokens: 5 }, "unknown option 'maxTokens'"],
    ['outputMode', { outputMode: 'tfidf' }, "outputMode must be one of 'int', 'binary', 'count', 'tfIdf', got 'tfidf'"],
    ['standardize', { standardize: 'upper' }, 'standardize must be one of'],
    ['maximumTokens', { maximumTokens: 2 }, 'maximumTokens must be a whole number >= 3'],
    ['outputLength', { outputLength: 0 }, 'outputLength must be a whole number >= 1'],
    ['outputLength of figures', { outputLength: 5, outputMode: 'binary' }, "outputLength goes with outputMode 'int'"],
  ])('%s', (_, options, message) => {
    expect(() => textVectorizer(options as never)).toThrow(OptionError);
    expect(() => textVectorizer(options as never)).toThrow(message);
  });

  test('what is no text', () => {
    expect(() => textVectorizer().transform(['a'])).toThrow(StateError);
    expect(() => textVectorizer().fit('a text' as never)).toThrow("a list of at least one text, got 'a text'");
    expect(() => textVectorizer().fit([])).toThrow(DataError);
    expect(() => textVectorizer().fit([' ', '!'])).toThrow('no words in 2 texts');
    expect(() => textVectorizer().fit(['a', 7] as never)).toThrow('text 1 is 7');
    expect(() => textVectorizer().fit(['a', ['b', 7]] as never)).toThrow('text 1 is an array of 2');
  });

  test('states of another kind', () => {
    const counts = textVectorizer({ outputMode: 'count' }).fit(TEXTS);
    expect(() => textVectorizer({ outputMode: 'tfIdf' }).load(counts.state!)).toThrow(StateError);
    expect(() => textVectorizer().load({ names: ['text'], words: ['a', 'a'] })).toThrow(StateError);
    expect(() => textVectorizer().load({ mean: [1] })).toThrow('got mean');
    expect(() => textVectorizer().load(null as never)).toThrow(StateError);
  });
});
