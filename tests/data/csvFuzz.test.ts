// CSV text that nobody vouches for: a table, or a DataError with the line; in time and memory that the text pays for.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  categoryEncoder,
  csvDataset,
  DataError,
  readCsv,
  textVectorizer,
  type CsvOptions,
  type Table,
  type TableRow,
} from '../../bindings/index.js';
import { failureOf } from '../support/fuzz.js';

const text = 'id,name,__proto__\r\n1,"a ""b"", c",x\r\n-2.5e1,"two\r\nlines",\r\n,NA,y';

/** The table, if there is one: every column as long, every cell a number, text or null. An error names its line. */
async function attempt(given: string, options?: CsvOptions): Promise<Table | DataError> {
  let table: Table | undefined;
  const failure = await failureOf(() => (table = readCsv(given, options)));
  if (failure) {
    expect(failure).toBeInstanceOf(DataError);
    expect(failure.message).toMatch(/^readCsv: (line \d+[: ]|the text is empty)/);
    expect(failure.message.length).toBeLessThan(3000);
    return failure;
  }
  for (const column of table!.columns) {
    expect(column.length).toBe(table!.rows);
    for (const cell of column) expect(cell === null || typeof cell === 'string' || Number.isFinite(cell)).toBe(true);
  }
  return table!;
}

const rowsOf = ({ names, columns, rows }: Table): TableRow[] =>
  Array.from({ length: rows }, (_, row) => Object.fromEntries(names.map((name, c) => [name, columns[c]![row]])));

/** The same text in pieces gives the same rows, or fails as well. */
async function expectSameInPieces(given: string, cuts: readonly number[], whole: Table | DataError): Promise<void> {
  const ends = [...cuts.map((cut) => cut % (given.length + 1)), 0, given.length].sort((a, b) => a - b);
  const pieces = ends.slice(1).map((end, i) => given.slice(ends[i], end));
  const numbers =
    whole instanceof DataError
      ? []
      : whole.names.filter((_, c) => whole.columns[c]!.some((cell) => typeof cell === 'number'));
  const rows: TableRow[] = [];
  const failure = await failureOf(async () => {
    const columns = Object.fromEntries(numbers.map((name) => [name, 'number' as const]));
    for await (const row of csvDataset(pieces, { columns })) rows.push(row);
  });
  // Which of several faults is met first depends on the pieces.
  if (whole instanceof DataError) expect(failure).toBeInstanceOf(DataError);
  else expect([failure?.message, rows]).toEqual([undefined, rowsOf(whole)]);
}

test('the text itself is sound', async () => {
  const table = (await attempt(text)) as Table;
  expect(table.names).toEqual(['id', 'name', '__proto__']);
  expect(table.columns).toEqual([
    [1, -25, null],
    ['a "b", c', 'two\r\nlines', null],
    ['x', null, 'y'],
  ]);
});

test('any of some characters at any place, and cut short at any place', async () => {
  for (let at = 0; at <= text.length; at++) {
    await attempt(text.slice(0, at));
    for (const character of ['', '"', ',', '\n', '\r', '\0', '\ufeff', '\ud800', '9', '_']) {
      await attempt(text.slice(0, at) + character + text.slice(at + 1));
      await attempt(text.slice(0, at) + character + text.slice(at));
    }
  }
});

test('any text, whole and in pieces', async () => {
  const parts = fc.constantFrom(
    'a',
    'b',
    '1',
    ',',
    '"',
    '\n',
    '\r\n',
    ' ',
    '\ufeff',
    '""',
    'NA',
    '1e9',
    '__proto__',
    '\n"',
    '",',
  );
  const cuts = fc.array(fc.nat(1000), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 30 }), cuts, async (some, at) => {
      const given = some.join('');
      await expectSameInPieces(given, at, await attempt(given));
    }),
    { numRuns: 2000 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(',', ';', '\t', 'a'),
      async (given, delimiter) => {
        await attempt(given, { delimiter });
      },
    ),
    { numRuns: 1000 },
  );
});

describe('texts that are made to cost', () => {
  test.each<[string, () => string]>([
    ['a million digits that are no number', () => `a\n${'1'.repeat(1e6)}x\n`],
    ['digits and points', () => `a\n${'1.'.repeat(5e5)}\n`],
    ['three hundred thousand columns', () => `${Array.from({ length: 3e5 }, (_, i) => `c${i}`).join()}\n1\n`],
    ['a name of a million characters', () => `${'a'.repeat(1e6)},${'a'.repeat(1e6)}\n`],
    ['a quote that is left open', () => `a\n"${'\n'.repeat(1e6)}`],
    ['quotes alone', () => `a\n${'"'.repeat(1e6)}`],
    ['line ends alone', () => `a\n${'\r\n'.repeat(2e5)}`],
  ])('%s', async (_, make) => {
    await attempt(make());
  });

  test('a quote that is left open in a stream is not read again with every piece, and does not gather without end', async () => {
    let pieces = 0;
    const stream = function* () {
      yield 'a\n"';
      for (; ; pieces++) yield '\n'.repeat(2 ** 16);
    };
    const failure = await failureOf(async () => {
      for await (const row of csvDataset(stream())) void row;
    });
    expect(failure).toBeInstanceOf(DataError);
    expect(failure!.message).toMatch(/line 2: expected a row of at most 67108864 characters.*quote left open/);
    expect(pieces).toBeLessThan(1100);
  });

  test('a long row comes through in pieces', async () => {
    const cell = 'x\n'.repeat(2e5);
    const given = `a,b\n"${cell}",1\n"y",2\n`;
    const pieces = Array.from({ length: Math.ceil(given.length / 1000) }, (_, i) =>
      given.slice(1000 * i, 1000 * (i + 1)),
    );
    const rows: TableRow[] = [];
    for await (const row of csvDataset(pieces)) rows.push(row);
    expect(rows).toEqual([
      { a: cell, b: '1' },
      { a: 'y', b: '2' },
    ]);
  });
});

describe('names and words that objects have already', () => {
  const words = ['__proto__', 'constructor', 'toString', 'a', '__proto__'];

  test('are columns as any other', async () => {
    const given = '__proto__,constructor,hasOwnProperty\n1,2,3\n4,5,6\n';
    const rows: TableRow[] = [];
    for await (const row of csvDataset(given)) rows.push(row);
    for (const row of rows) {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
      expect(Object.hasOwn(row, '__proto__')).toBe(true);
    }
    expect(readCsv(given).column('__proto__')).toEqual([1, 4]);
    expect(readCsv(given, { columns: Object.fromEntries([['constructor', 'string' as const]]) }).columns[1]).toEqual([
      '2',
      '5',
    ]);
    expect(await failureOf(() => readCsv('a\n1\n').column('__proto__'))).toBeDefined();
  });

  test('are categories and words as any other, through JSON too', async () => {
    const encoder = categoryEncoder();
    const table = readCsv(`word\n${words.join('\n')}\n`);
    const expected = encoder.fitTransform(table).data;
    const again = categoryEncoder().load(JSON.parse(JSON.stringify(encoder.state)) as never);
    expect(again.transform(table).data).toEqual(expected);
    // Each word has a column of its own.
    expect([...expected].reduce((sum, value) => sum + value, 0)).toBe(words.length);

    const vectorizer = textVectorizer({ outputMode: 'count' });
    const counts = vectorizer.fitTransform(words).data;
    const same = textVectorizer({ outputMode: 'count' }).load(JSON.parse(JSON.stringify(vectorizer.state)) as never);
    expect(same.transform(words).data).toEqual(counts);
    await failureOf(() => undefined);
  });
});
