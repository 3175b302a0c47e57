// Tables: named columns of numbers, text and missing cells.

import { sizeOf, type Shape } from '../graph/shape.js';
import { DataError, ShapeError } from '../runtime/errors.js';
import { describeValue, unknownName } from '../runtime/suggest.js';
import { flatten, type ArrayData } from './arrays.js';

/** A number, text, or nothing: null, undefined and NaN are missing. */
export type Cell = number | string | null | undefined;

/** A row by column name. */
export type TableRow = Readonly<Record<string, Cell>>;

/** What is taken for a table: one, rows by name, rows of cells in order, or an array of numbers. */
export type TableData = Table | readonly TableRow[] | readonly (readonly Cell[])[] | ArrayData;

export const isMissing = (cell: Cell): cell is null | undefined =>
  cell === null || cell === undefined || (typeof cell === 'number' && Number.isNaN(cell));

/**
 * Named columns of equal length. A table of numbers alone is an array: it has `data` and `shape`, and goes into `fit`,
 * `predict` and scalers as it is.
 *
 * @example
 * const table = new Table(['rooms', 'price'], [[3, 4], [200, 310]]);
 * await model.fit(table.select(['rooms']), table.select(['price']));
 */
export class Table {
  /** [rows, columns] */
  readonly shape: Shape;
  readonly rows: number;
  private values: Float64Array | undefined;

  /** @throws DataError for columns of unequal length, or another number of names. */
  constructor(
    readonly names: readonly string[],
    readonly columns: readonly (readonly Cell[])[],
  ) {
    this.rows = columns[0]?.length ?? 0;
    if (names.length !== columns.length) {
      throw new DataError(`Table: ${names.length} names for ${columns.length} columns. Give one each.`);
    }
    columns.forEach((column, i) => {
      if (column.length === this.rows) return;
      throw new DataError(
        `Table: column '${names[i]}' has ${column.length} cells, '${names[0]}' has ${this.rows}. They must be equal.`,
      );
    });
    this.shape = [this.rows, columns.length];
  }

  /** The cells of a column. @throws OptionError for an unknown one. */
  column(name: string): readonly Cell[] {
    const at = this.names.indexOf(name);
    return at < 0 ? unknownName('Table', 'column', name, this.names) : this.columns[at]!;
  }

  /** Some of the columns, in the given order. */
  select(names: readonly string[]): Table {
    return new Table(
      names,
      names.map((name) => this.column(name)),
    );
  }

  /** The rows at indices, as `trainTestSplit` gives them. */
  take(indices: ArrayLike<number>): Table {
    const picked = Array.from(indices);
    const bad = picked.find((row) => !Number.isInteger(row) || row < 0 || row >= this.rows);
    if (bad !== undefined) throw new DataError(`Table: no row ${bad}; there are ${this.rows}.`);
    return new Table(
      this.names,
      this.columns.map((column) => picked.map((row) => column[row])),
    );
  }

  /** The numbers, row by row. @throws DataError for text and missing cells, with row and column. */
  get data(): Float64Array {
    if (this.values) return this.values;
    const width = this.columns.length;
    const values = new Float64Array(this.rows * width);
    this.columns.forEach((column, c) =>
      column.forEach((cell, row) => {
        if (typeof cell !== 'number' || Number.isNaN(cell)) {
          throw new DataError(
            `Table: row ${row}, column '${this.names[c]}': expected a number, got ${describeValue(cell)}. ` +
              'Impute missing cells (imputer) and encode text (categoryEncoder) first.',
          );
        }
        values[row * width + c] = cell;
      }),
    );
    return (this.values = values);
  }

  /** Columns of tables side by side. */
  static concat(tables: readonly Table[]): Table {
    return new Table(
      tables.flatMap(({ names }) => names),
      tables.flatMap(({ columns }) => columns),
    );
  }
}

const isRowByName = (row: unknown): row is TableRow =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && !ArrayBuffer.isView(row);

/** Names of columns that have none. */
export const defaultNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`);

/** Anything that is taken for a table, as one. Columns without names are x0, x1, ... */
export function toTable(where: string, given: TableData, names?: readonly string[]): Table {
  if (given instanceof Table) return given;
  if (Array.isArray(given) && given.length > 0 && isRowByName(given[0])) {
    return fromRows(where, given as readonly TableRow[]);
  }
  if (Array.isArray(given) && Array.isArray(given[0])) return fromCells(where, given as readonly Cell[][], names);
  const { flat: data, shape = [data.length] } = flatten(where, given as ArrayData);
  const rows = shape[0] ?? 0;
  const width = sizeOf(shape.slice(1));
  if (rows === 0 || width === 0) throw new ShapeError(`${where}: expected at least one row and one column.`);
  return new Table(
    names?.length === width ? names : defaultNames(width),
    Array.from({ length: width }, (_, c) => Array.from({ length: rows }, (_, row) => data[row * width + c]!)),
  );
}

function fromRows(where: string, rows: readonly TableRow[]): Table {
  const names = Object.keys(rows[0]!);
  rows.forEach((row, i) => {
    const absent = isRowByName(row) ? names.find((name) => !Object.hasOwn(row, name)) : names[0];
    if (absent === undefined && Object.keys(row).length === names.length) return;
    throw new DataError(
      `${where}: row ${i} has other columns than row 0 (${names.join(', ')}). Give null for what is missing.`,
    );
  });
  return new Table(
    names,
    names.map((name) => rows.map((row) => row[name])),
  );
}

function fromCells(where: string, rows: readonly (readonly Cell[])[], names?: readonly string[]): Table {
  const width = rows[0]!.length;
  rows.forEach((row, i) => {
    if (Array.isArray(row) && row.length === width) return;
    throw new ShapeError(`${where}: row ${i} has ${row.length} cells, row 0 has ${width}. They must be equal.`);
  });
  return new Table(
    names?.length === width ? names : defaultNames(width),
    Array.from({ length: width }, (_, c) => rows.map((row) => row[c])),
  );
}
