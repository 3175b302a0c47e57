// CSV: tables of a whole text, and rows of a text that streams. Cells that are missing are null.

import { DataError, OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue, listNames, unknownName } from '../runtime/suggest.js';
import { CsvReader, type CsvRow, type CsvSource } from './csvReader.js';
import { Dataset } from './dataset.js';
import { Table, type Cell, type TableRow } from './table.js';

/** How the cells of a column are read. */
export type CsvColumnType = 'number' | 'string';

export interface CsvOptions {
  /** What stands between cells: one character, a comma by default. */
  delimiter?: string;
  /** Names of the columns, for a text whose first row is data; else the first row names them. */
  header?: readonly string[];
  /**
   * How columns are read. `readCsv` reads what is not named as numbers where all its cells are numbers; `csvDataset`, which
   * does not know the cells to come, as text.
   */
  columns?: Readonly<Record<string, CsvColumnType>>;
  /** Cells that stand for a missing value; '', 'NA', 'N/A', 'NaN', 'null' and '?' by default. */
  missing?: readonly string[];
}

const MISSING = ['', 'NA', 'N/A', 'NaN', 'null', '?'];
/** No two parts of it match the same digits: time is proportional to the length, whatever stands in the cell. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** What is known of the rows once their names are. */
class CsvShape {
  names: readonly string[] | undefined;
  private readonly missing: ReadonlySet<string>;

  constructor(
    readonly where: string,
    private readonly options: CsvOptions,
  ) {
    checkOptions(where, options, ['delimiter', 'header', 'columns', 'missing']);
    const { delimiter = ',', header, columns = {} } = options;
    if (typeof delimiter !== 'string' || delimiter.length !== 1 || '"\r\n\ufeff'.includes(delimiter)) {
      throw new OptionError(
        `${where}: delimiter must be one character, no quote or line end, got ${describeValue(delimiter)}.`,
      );
    }
    for (const [name, type] of Object.entries(columns)) {
      if (type === 'number' || type === 'string') continue;
      throw new OptionError(`${where}: column '${name}' must be 'number' or 'string', got ${describeValue(type)}.`);
    }
    this.missing = new Set(options.missing ?? MISSING);
    if (header) this.setNames(header, 0);
  }

  reader(): CsvReader {
    return new CsvReader(this.where, this.options.delimiter ?? ',');
  }

  /** The data among rows: takes the names off the first one, and checks that all are as long. */
  dataRows(rows: readonly CsvRow[]): readonly CsvRow[] {
    let data = rows;
    if (!this.names && rows.length > 0) {
      this.setNames(rows[0]!.cells, rows[0]!.line);
      data = rows.slice(1);
    }
    for (const { cells, line } of data) {
      if (cells.length === this.names!.length) continue;
      throw new DataError(
        `${this.where}: line ${line} has ${cells.length} columns, expected ${this.names!.length} ` +
          `(${listNames(this.names!)}). Complete the row, or quote cells that hold the delimiter.`,
      );
    }
    return data;
  }

  typeOf(column: number): CsvColumnType | undefined {
    const { columns = {} } = this.options;
    const name = this.names![column]!;
    return Object.hasOwn(columns, name) ? columns[name] : undefined;
  }

  isMissing(cell: string): boolean {
    return this.missing.has(cell.trim());
  }

  read({ cells, line }: CsvRow, column: number, type: CsvColumnType): Cell {
    const cell = cells[column]!;
    if (this.isMissing(cell)) return null;
    if (type === 'string') return cell;
    if (isNumber(cell)) return Number(cell);
    throw new DataError(
      `${this.where}: line ${line}, column ${describeValue(this.names![column])}: expected a number, got ${describeValue(cell)}. ` +
        "Correct it, list it in missing, or read the column as 'string'.",
    );
  }

  assertNamed(): void {
    if (!this.names)
      throw new DataError(`${this.where}: the text is empty. Give a row of column names and rows of cells.`);
  }

  private setNames(given: readonly string[], line: number): void {
    const names = given.map((name) => name.trim());
    const at = line > 0 ? `line ${line}` : 'header';
    const places = new Map<string, number>();
    names.forEach((name, i) => {
      const first = places.get(name) ?? i;
      places.set(name, first);
      if (name === '') throw new DataError(`${this.where}: ${at}: column ${i + 1} has no name. Give every column one.`);
      if (first < i)
        throw new DataError(
          `${this.where}: ${at}: columns ${first + 1} and ${i + 1} are both named ${describeValue(name)}. Names must differ.`,
        );
    });
    for (const name of Object.keys(this.options.columns ?? {}))
      if (!places.has(name)) unknownName(this.where, 'column', name, names);
    this.names = names;
  }
}

const isNumber = (cell: string): boolean => NUMBER.test(cell.trim()) && Number.isFinite(Number(cell));

/**
 * A table from CSV text (RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes; a byte order mark is
 * skipped; lines may end in any way). Columns whose cells are all numbers are numbers, others text; see `columns`.
 *
 * @throws DataError for a row of another length, with its line; a cell that is no number, with line and column; an empty text;
 * columns of the same name.
 * @example
 * const table = readCsv('age,city\n31,Basel\n,Bern\n');
 * table.column('age'); // [31, null]
 */
export function readCsv(text: string, options: CsvOptions = {}): Table {
  const shape = new CsvShape('readCsv', options);
  if (typeof text !== 'string') {
    throw new DataError(`readCsv: expected text, got ${describeValue(text)}. For streams use csvDataset.`);
  }
  const reader = shape.reader();
  const rows = shape.dataRows([...reader.push(text), ...reader.end()]);
  shape.assertNamed();
  const columns = shape.names!.map((_, column) => {
    const present = rows.filter(({ cells }) => !shape.isMissing(cells[column]!));
    const isNumeric = present.length > 0 && present.every(({ cells }) => isNumber(cells[column]!));
    const type = shape.typeOf(column) ?? (isNumeric ? 'number' : 'string');
    return rows.map((row) => shape.read(row, column, type));
  });
  return new Table(shape.names!, columns);
}

/**
 * The rows of a CSV text, each an object by column name, read as they are asked for: the text may be larger than memory.
 * Give a function that opens the source if the rows are gone through more than once, as over epochs.
 *
 * @throws What `readCsv` throws, when the row is reached.
 * @example
 * const open = async function* () {
 *   const { body } = await fetch('houses.csv');
 *   yield* body.pipeThrough(new TextDecoderStream());
 * };
 * const batches = csvDataset(open, { columns: { rooms: 'number', price: 'number' } })
 *   .map(({ rooms, price }) => ({ x: [rooms], y: price }))
 *   .batch(32)
 *   .prefetch(1);
 * await model.fit(batches);
 */
export function csvDataset(source: CsvSource | (() => CsvSource), options: CsvOptions = {}): Dataset<TableRow> {
  // Wrong options are told at once, not at the first row.
  new CsvShape('csvDataset', options);
  return new Dataset(() => csvRows(typeof source === 'function' ? source() : source, options));
}

async function* csvRows(source: CsvSource, options: CsvOptions): AsyncGenerator<TableRow> {
  const shape = new CsvShape('csvDataset', options);
  const reader = shape.reader();
  const records = (rows: readonly CsvRow[]) =>
    shape
      .dataRows(rows)
      .map((row) =>
        Object.fromEntries(shape.names!.map((name, i) => [name, shape.read(row, i, shape.typeOf(i) ?? 'string')])),
      );
  for await (const piece of typeof source === 'string' ? [source] : source) yield* records(reader.push(piece));
  yield* records(reader.end());
  shape.assertNamed();
}
