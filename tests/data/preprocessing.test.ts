// Preprocessors: what they learn, what they refuse, and that JSON brings them back.

import { describe, expect, test } from 'vitest';
import {
  categoryEncoder,
  columnTransformer,
  DataError,
  imputer,
  OptionError,
  pipeline,
  preprocessorFromConfig,
  readCsv,
  ShapeError,
  standardScaler,
  StateError,
  type Cell,
  type Preprocessor,
  type PreprocessorConfig,
  type Table,
} from '../../bindings/index.js';

const rowsOf = ({ columns, rows }: Table): Cell[][] =>
  Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]));
const again = (preprocessor: Preprocessor) =>
  preprocessorFromConfig(JSON.parse(JSON.stringify(preprocessor)) as PreprocessorConfig) as Preprocessor;

const text = 'age,fare,sex,port\n20,1.5,f,A\n,2.5,m,B\n40,,f,\n30,6,m,B\n';
const prepare = () =>
  columnTransformer([
    {
      columns: ['age', 'fare'],
      transformer: pipeline([imputer({ strategy: 'median', addIndicator: true }), standardScaler()]),
    },
    { columns: ['sex', 'port'], transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
    { columns: ['age'], transformer: 'passthrough' },
  ]);

describe('imputer', () => {
  // SimpleImputer of scikit-learn fills the same: mean 7/3, median 2, most frequent 1.
  const cells = [[1], [NaN], [2], [4]];
  test.each([
    ['mean', 7 / 3],
    ['median', 2],
    ['mostFrequent', 1],
    ['constant', -7],
  ] as const)('%s', (strategy, expected) => {
    const filled = imputer({ strategy, fillValue: -7 }).fitTransform(cells);
    expect([...filled.data]).toEqual([1, expected, 2, 4]);
    expect(filled.shape).toEqual([4, 1]);
  });

  test('an even number of values has the mean of the middle two as its median', () => {
    expect([...imputer({ strategy: 'median' }).fitTransform([[4], [1], [null], [3], [10]]).data]).toEqual([
      4, 1, 3.5, 3, 10,
    ]);
  });

  test('fills with what the training part had, and tells where', () => {
    const own = imputer({ addIndicator: true }).fit([
      [1, 5],
      [3, null],
    ]);
    const filled = own.transform([
      [null, null],
      [7, 8],
    ]);
    expect(filled.names).toEqual(['x0', 'x1', 'x1_missing']);
    expect(rowsOf(filled)).toEqual([
      [2, 5, 1],
      [7, 8, 0],
    ]);
  });

  test('text is filled by the most frequent', () => {
    const own = imputer({ strategy: 'mostFrequent' });
    expect(own.fitTransform([{ c: 'b' }, { c: 'a' }, { c: null }]).column('c')).toEqual(['b', 'a', 'a']);
    expect(() => imputer().fit([{ c: 'b' }])).toThrow("column 'c' has text ('b')");
  });

  test('refuses a column without values, and wrong options', () => {
    expect(() => imputer().fit([[null], [NaN]])).toThrow("column 'x0' has no value at all");
    expect(imputer({ strategy: 'constant' }).fitTransform([[null]]).data[0]).toBe(0);
    expect(() => imputer({ strategy: 'mode' as never })).toThrow(OptionError);
    expect(() => imputer({ fillValue: NaN })).toThrow(OptionError);
    expect(() => imputer({ startegy: 'mean' } as never)).toThrow("Did you mean 'strategy'?");
  });
});

describe('categoryEncoder', () => {
  const rows = [
    { city: 'Bern', floor: 10 },
    { city: 'Aarau', floor: 9 },
    { city: 'Bern', floor: -1 },
  ];

  test('one column a category, or its number, in order', () => {
    const encoded = categoryEncoder().fitTransform(rows);
    expect(encoded.names).toEqual(['city_Aarau', 'city_Bern', 'floor_-1', 'floor_9', 'floor_10']);
    expect(rowsOf(encoded)).toEqual([
      [0, 1, 0, 0, 1],
      [1, 0, 0, 1, 0],
      [0, 1, 1, 0, 0],
    ]);
    expect(rowsOf(categoryEncoder({ encoding: 'integer' }).fitTransform(rows))).toEqual([
      [1, 2],
      [0, 1],
      [1, 0],
    ]);
  });

  test('an unseen category is named with row, column and value, or is none', () => {
    const unseen = [rows[0]!, { city: 'Chur', floor: 9 }];
    expect(() => categoryEncoder().fit(rows).transform(unseen)).toThrow(
      "row 1, column 'city': unseen category 'Chur'. Known: Aarau, Bern.",
    );
    expect(rowsOf(categoryEncoder({ handleUnknown: 'ignore' }).fit(rows).transform(unseen))[1]).toEqual([
      0, 0, 0, 1, 0,
    ]);
    const integers = categoryEncoder({ encoding: 'integer', handleUnknown: 'ignore' });
    expect(rowsOf(integers.fit(rows).transform(unseen))[1]).toEqual([-1, 1]);
  });

  test('a missing cell is refused, or no category', () => {
    expect(() => categoryEncoder().fit([{ a: 'x' }, { a: null }])).toThrow("row 1, column 'a' is missing");
    expect(() =>
      categoryEncoder()
        .fit([{ a: 'x' }])
        .transform([{ a: null }]),
    ).toThrow(DataError);
    const ignoring = categoryEncoder({ handleUnknown: 'ignore' });
    expect(rowsOf(ignoring.fitTransform([{ a: 'x' }, { a: null }]))).toEqual([[1], [0]]);
    expect(() => categoryEncoder({ encoding: 'onehot' as never })).toThrow(OptionError);
  });
});

describe('pipelines and column transformers', () => {
  test('compose, with names', () => {
    const table = prepare().fitTransform(readCsv(text));
    expect(table.names.join()).toBe('age,fare,age_missing,fare_missing,sex_f,sex_m,port_A,port_B,age');
    // age 20, 30, 40, 30 has mean 30 and deviation √50.
    expect(table.columns[0]).toEqual([-10, 0, 10, 0].map((d) => Math.fround(d / Math.sqrt(50))));
    expect(table.columns[7]).toEqual([0, 1, 0, 1]);
    expect(table.columns[8]).toEqual([20, null, 40, 30]);
  });

  test('learn from the training part alone', () => {
    const own = prepare().fit(readCsv(text));
    const learned = JSON.stringify(own);
    own.transform(readCsv('age,fare,sex,port\n900,,x,C\n'));
    expect(JSON.stringify(own)).toBe(learned);
  });

  test('take columns in any order, and more of them', () => {
    const own = prepare().fit(readCsv(text));
    const row = { port: 'B', note: 'new', sex: 'm', fare: 6, age: 30 };
    expect(rowsOf(own.transform([row]))).toEqual(rowsOf(own.transform(readCsv(text))).slice(3));
  });

  test('come back from JSON whole', () => {
    const table = readCsv(text);
    const own = prepare().fit(table);
    expect(rowsOf(again(own).transform(table))).toEqual(rowsOf(own.transform(table)));
    expect(() => again(prepare()).transform(table)).toThrow(StateError);
  });

  test('refuse other columns, other states, and what is no step', () => {
    const table = readCsv(text);
    const own = prepare().fit(table);
    expect(() => own.transform(table.select(['age', 'fare']))).toThrow("'sex' is missing");
    expect(() =>
      imputer()
        .fit([[1, 2]])
        .transform([[1, 2, 3]]),
    ).toThrow(ShapeError);
    expect(() => prepare().fit(table.select(['age']))).toThrow(OptionError);
    expect(() => prepare().transform(table)).toThrow(StateError);
    for (const wrong of [
      {},
      { names: ['a'] },
      { names: ['a'], fill: [], indicated: [] },
      { names: ['a'], fill: [1], indicated: [1] },
    ]) {
      expect(() => imputer().load(wrong)).toThrow(StateError);
      expect(() => categoryEncoder().load(wrong)).toThrow(StateError);
      expect(() => pipeline([imputer()]).load(wrong)).toThrow(StateError);
      expect(() => prepare().load(wrong)).toThrow(StateError);
    }
    expect(() => pipeline([])).toThrow(OptionError);
    expect(() => pipeline([imputer as never])).toThrow(OptionError);
    expect(() => columnTransformer([{ columns: [], transformer: imputer() }])).toThrow(OptionError);
    expect(() => columnTransformer([{ columns: ['a'], transformer: 'drop' as never }])).toThrow(OptionError);
    expect(() => preprocessorFromConfig({ name: 'impute', config: {} })).toThrow("Did you mean 'imputer'?");
    expect(() => preprocessorFromConfig(null as never)).toThrow(StateError);
  });

  test('text and gaps that are left are named', () => {
    expect(() => readCsv(text).data).toThrow("Table: row 1, column 'age': expected a number, got null");
    expect(() => standardScaler().fit(readCsv(text).select(['sex']))).toThrow("column 'sex'");
  });
});
