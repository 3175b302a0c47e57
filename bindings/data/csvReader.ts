// Rows of cells from CSV text that comes whole or in pieces, with the line on which each row begins.

import type { ParseConfig } from 'papaparse';
import { DataError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { Parser } from './papaparse.js';

/** Text, or pieces of text in their order: a ReadableStream (through a TextDecoderStream) is one. */
export type CsvSource = string | Iterable<string> | AsyncIterable<string>;

/** A row of a CSV text, and the number of its first line, from 1. */
export interface CsvRow {
  cells: string[];
  line: number;
}

interface ParsedRow {
  data: string[][];
  errors: { message: string }[];
  meta: { cursor: number };
}

const BYTE_ORDER_MARK = '\ufeff';

/** Characters of a row. A quote that is left open would gather all of a stream. */
const MAXIMUM_ROW = 2 ** 26;
/** A row that is longer than this, and has not ended, is looked at again only when twice as much has come. */
const LONG_ROW = 2 ** 16;

const countLines = (text: string, newline: string): number => text.split(newline).length - 1;

/** Takes pieces of text, gives the rows that are whole, and keeps the rest for the next piece. */
export class CsvReader {
  private rest = '';
  private line = 1;
  private isFirst = true;
  private newline: '\n' | '\r' | undefined;
  /** Characters that must have come before a row is looked for again. */
  private awaited = 0;

  constructor(
    private readonly where: string,
    private readonly delimiter: string,
  ) {}

  /** Rows that end in what has come so far. */
  push(piece: string): CsvRow[] {
    if (typeof piece !== 'string')
      throw new DataError(`${this.where}: expected pieces of text, got ${describeValue(piece)}.`);
    if (piece === '') return [];
    // What has come before is not gone through again. A carriage return at the end may be half of a line's end.
    if (piece.includes('\n')) this.newline ??= '\n';
    else if (this.rest.endsWith('\r') || piece.slice(0, -1).includes('\r')) this.newline ??= '\r';
    this.rest += this.isFirst && piece.startsWith(BYTE_ORDER_MARK) ? piece.slice(1) : piece;
    this.isFirst = false;
    if (!this.newline || this.rest.length < this.awaited) return this.checkRest([]);
    const rows = this.checkRest(this.parse(this.newline, true));
    this.awaited = rows.length === 0 && this.rest.length > LONG_ROW ? 2 * this.rest.length : 0;
    return rows;
  }

  /** The row that no line end follows, at the end of the text. */
  end(): CsvRow[] {
    return this.parse(this.newline ?? (this.rest.endsWith('\r') ? '\r' : '\n'), false);
  }

  private checkRest(rows: CsvRow[]): CsvRow[] {
    if (this.rest.length <= MAXIMUM_ROW) return rows;
    throw new DataError(
      `${this.where}: line ${this.line}: expected a row of at most ${MAXIMUM_ROW} characters, got more. Is a quote left open?`,
    );
  }

  private parse(newline: '\n' | '\r', keepsLast: boolean): CsvRow[] {
    const text = this.rest;
    const rows: CsvRow[] = [];
    let begin = 0;
    const step = ({ data, errors, meta }: ParsedRow) => {
      const { line } = this;
      if (errors.length > 0)
        throw new DataError(`${this.where}: line ${line}: ${errors[0]!.message}. Double quotes within quotes.`);
      const raw = text.slice(begin, meta.cursor);
      this.line += countLines(raw, newline);
      begin = meta.cursor;
      const cells = data[0]!;
      // The carriage return of a line's end; one within quotes is the cell's.
      const endsLine = newline === '\n' && /\r\n?$/.test(raw) && !/\r"\r\n?$/.test(raw);
      if (endsLine && cells.at(-1)!.endsWith('\r')) cells.push(cells.pop()!.slice(0, -1));
      // A line with nothing on it is no row.
      if (cells.length > 1 || cells[0] !== '') rows.push({ cells, line });
    };
    const config = { delimiter: this.delimiter, newline, fastMode: false, step } as ParseConfig;
    new Parser(config).parse(text, 0, keepsLast);
    this.rest = keepsLast ? text.slice(begin) : '';
    return rows;
  }
}
