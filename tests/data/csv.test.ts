// CSV text: what is read, in whatever pieces it comes, and what is refused with the line.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  csvDataset,
  DataError,
  OptionError,
  readCsv,
  type CsvOptions,
  type CsvSource,
  type Table,
} from '../../bindings/index.js';

const cellsOf = ({ columns, rows }: Table) =>
  Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]));

describe('readCsv', () => {
  test('finds the numbers, the text and what is missing', () => {
    const table = readCsv('age,city,note\n31,Basel,\n,"Bern, old",x\n-1.5e2, NA ,y\n');
    expect(table.names).toEqual(['age', 'city', 'note']);
    expect(cellsOf(table)).toEqual([
      [31, 'Basel', null],
      [null, 'Bern, old', 'x'],
      [-150, null, 'y'],
    ]);
  });

  test.each([
    ['Unix lines', 'a,b\n1,2\n3,4\n'],
    ['no end of the last line', 'a,b\n1,2\n3,4'],
    ['Windows lines', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['old Macintosh lines', 'a,b\r1,2\r3,4\r'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
    ['empty lines', 'a,b\n\n1,2\n\n3,4\n\n'],
    ['quotes', '"a","b"\n"1","2"\n"3","4"\n'],
    ['quotes and Windows lines', '"a","b"\r\n"1","2"\r\n"3","4"'],
  ])('%s', (_, text) => {
    const table = readCsv(text);
    expect(table.names).toEqual(['a', 'b']);
    expect(cellsOf(table)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('quoted cells hold line ends, delimiters and quotes', () => {
    const table = readCsv('a;b\n"two\nlines";"say ""hi"""\n";";\n', { delimiter: ';' });
    expect(cellsOf(table)).toEqual([
      ['two\nlines', 'say "hi"'],
      [';', null],
    ]);
  });

  test('columns, header and missing are as told', () => {
    const options: CsvOptions = { header: ['zip', 'size'], columns: { zip: 'string' }, missing: ['-'] };
    expect(cellsOf(readCsv('01234,5\n-,-\n', options))).toEqual([
      ['01234', 5],
      [null, null],
    ]);
    expect(readCsv('a,b\n').rows).toBe(0);
  });

  test.each([
    ['a short row', 'a,b\n1,2\n"x\ny",3\n4\n', 'line 5 has 1 columns, expected 2 (a, b)'],
    ['a long row', 'a,b\r\n1,2\r\n1,2,3\r\n', 'line 3 has 3 columns, expected 2'],
    ['no text', '', 'the text is empty'],
    ['a byte order mark alone', '\ufeff', 'the text is empty'],
    ['empty lines alone', '\n\n', 'the text is empty'],
    ['two columns of a name', 'a,b,a\n1,2,3\n', "columns 1 and 3 are both named 'a'"],
    ['a column without a name', 'a,,b\n1,2,3\n', 'column 2 has no name'],
    ['a quote that stays open', 'a,b\n1,"2\n', 'line 2'],
    ['text after a quote', 'a,b\n1,2\n"x"y,2\n3,4\n', 'line 3'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readCsv(text)).toThrow(DataError);
    expect(() => readCsv(text)).toThrow(message);
  });

  test('a cell that is no number is named by line and column', () => {
    for (const bad of ['12a', '0x1f', '1,5', 'Infinity', '1e999', '--1']) {
      const text = `n,size\n1,2\n"x\ny","${bad}"\n`;
      expect(() => readCsv(text, { columns: { size: 'number' } })).toThrow(
        `line 3, column 'size': expected a number, got '${bad}'`,
      );
      expect(readCsv(text).column('size')).toEqual(['2', bad]);
    }
  });

  test('refuses wrong options', () => {
    expect(() => readCsv('a\n1\n', { delimiter: ',,' })).toThrow(OptionError);
    expect(() => readCsv('a\n1\n', { columns: { aa: 'number' } })).toThrow("Did you mean 'a'?");
    expect(() => readCsv('a\n1\n', { columns: { a: 'float' as never } })).toThrow(OptionError);
    expect(() => readCsv('a\n1\n', { delimeter: ',' } as never)).toThrow("Did you mean 'delimiter'?");
    expect(() => readCsv(5 as never)).toThrow(DataError);
  });
});

describe('csvDataset', () => {
  const rowsOf = (source: CsvSource | (() => CsvSource), options?: CsvOptions) => csvDataset(source, options).toArray();

  test('gives the rows that readCsv gives, wherever the pieces part', async () => {
    const cell = fc.stringMatching(/^[a-c,"\r\n ]{1,4}$/);
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { maxLength: 6 }),
        fc.array(fc.nat(80), { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, cuts, end) => {
          const text = ['k,v', ...rows.map((row) => row.map(quoted).join(','))].join(end) + end;
          const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
          const pieces = at.slice(1).map((to, i) => text.slice(at[i], to));
          const read = await rowsOf(pieces, { missing: [] });
          expect(read.map(({ k, v }) => [k, v])).toEqual(rows);
          expect(cellsOf(readCsv(text, { missing: [] }))).toEqual(rows);
        },
      ),
    );
  });

  test('reads streams of the web, epoch by epoch', async () => {
    const bytes = new TextEncoder().encode('x,y\n1,Zürich\n2,\n');
    const open = () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          // Within the two bytes of a letter.
          controller.enqueue(bytes.slice(0, 8));
          controller.enqueue(bytes.slice(8));
          controller.close();
        },
      });
      return body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>;
    };
    const rows = csvDataset(open, { columns: { x: 'number' } });
    const expected = [
      { x: 1, y: 'Zürich' },
      { x: 2, y: null },
    ];
    expect([await rows.toArray(), await rows.toArray()]).toEqual([expected, expected]);
  });

  test('tells line and column when the row is reached', async () => {
    const pieces = ['x,y\n1,2\n', '"a\nb",3\n', '4\n'];
    await expect(rowsOf(pieces)).rejects.toThrow('line 5 has 1 columns, expected 2 (x, y)');
    await expect(rowsOf(pieces, { columns: { x: 'number' } })).rejects.toThrow("line 3, column 'x'");
    await expect(rowsOf([])).rejects.toThrow('the text is empty');
    expect(await csvDataset(pieces).take(2).toArray()).toHaveLength(2);
    expect(() => csvDataset('x\n', { missin: [] } as never)).toThrow(OptionError);
  });
});
