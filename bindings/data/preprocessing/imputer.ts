import { DataError, OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue } from '../../runtime/suggest.js';
import { isMissing, Table, type Cell } from '../table.js';
import { makePreprocessor, type Preprocessor } from './preprocessor.js';

export interface ImputerOptions {
  /** What fills the gaps of a column: 'mean' (the default), 'median', 'mostFrequent' (the lowest of equals), 'constant'. */
  strategy?: 'mean' | 'median' | 'mostFrequent' | 'constant';
  /** The constant; 0 by default. */
  fillValue?: number | string;
  /**
   * Adds a column `NAME_missing`, 1 where a cell was missing, for each column in which cells were missing at the fit; false
   * by default.
   */
  addIndicator?: boolean;
}

interface ImputerState {
  fill: readonly Cell[];
  /** Columns that have an indicator. */
  indicated: readonly number[];
}

type Fill = (cells: readonly (number | string)[], where: string) => number | string;

function numbersOf(cells: readonly (number | string)[], where: string): number[] {
  const text = cells.find((cell) => typeof cell !== 'number');
  if (text === undefined) return cells as number[];
  throw new DataError(`${where} has text (${describeValue(text)}). Use strategy 'mostFrequent' or 'constant' for it.`);
}

const mean: Fill = (cells, where) => numbersOf(cells, where).reduce((sum, value) => sum + value, 0) / cells.length;

const median: Fill = (cells, where) => {
  const sorted = Float64Array.from(numbersOf(cells, where)).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

const mostFrequent: Fill = (cells) => {
  const counts = new Map<number | string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts].reduce((best, entry) =>
    entry[1] > best[1] || (entry[1] === best[1] && entry[0] < best[0]) ? entry : best,
  )[0];
};

const FILLS = { mean, median, mostFrequent };

/**
 * Fills missing cells (null, undefined, NaN) column by column: with the mean, the median, the most frequent value or a
 * constant. As scikit-learn's SimpleImputer, but that a column with nothing in it is an error.
 *
 * @throws DataError for a column without any value, or text where a mean or median is asked for.
 * @example imputer({ strategy: 'median', addIndicator: true }).fitTransform(readCsv(text).select(['age', 'fare']))
 */
export function imputer(options: ImputerOptions = {}): Preprocessor {
  checkOptions('imputer', options, ['strategy', 'fillValue', 'addIndicator']);
  const { strategy = 'mean', fillValue = 0, addIndicator = false } = options;
  if (strategy !== 'constant' && !Object.hasOwn(FILLS, strategy)) {
    const known = [...Object.keys(FILLS), 'constant'].join(', ');
    throw new OptionError(`imputer: strategy must be one of ${known}, got ${describeValue(strategy)}.`);
  }
  if ((typeof fillValue !== 'number' && typeof fillValue !== 'string') || isMissing(fillValue)) {
    throw new OptionError(`imputer: fillValue must be a number or text, got ${describeValue(fillValue)}.`);
  }
  const fillOf = (name: string, column: readonly Cell[]): number | string => {
    if (strategy === 'constant') return fillValue;
    const present = column.filter((cell): cell is number | string => !isMissing(cell));
    const where = `imputer: column '${name}'`;
    if (present.length > 0) return FILLS[strategy](present, where);
    throw new DataError(`${where} has no value at all. Leave it out, or use strategy 'constant'.`);
  };
  return makePreprocessor<ImputerState>({
    name: 'imputer',
    config: { strategy, fillValue, addIndicator },
    learn: ({ names, columns }) => ({
      fill: columns.map((column, i) => fillOf(names[i]!, column)),
      indicated: addIndicator ? columns.flatMap((column, i) => (column.some(isMissing) ? [i] : [])) : [],
    }),
    apply({ names, columns }, { fill, indicated }) {
      const filled = columns.map((column, i) => column.map((cell) => (isMissing(cell) ? fill[i] : cell)));
      const gaps = indicated.map((i) => columns[i]!.map((cell) => Number(isMissing(cell))));
      return new Table([...names, ...indicated.map((i) => `${names[i]}_missing`)], [...filled, ...gaps]);
    },
    fits: ({ fill, indicated }, columns) =>
      Array.isArray(fill) &&
      fill.length === columns &&
      !fill.some(isMissing) &&
      Array.isArray(indicated) &&
      indicated.every((i: unknown) => Number.isInteger(i) && (i as number) >= 0 && (i as number) < columns),
  });
}
