import { DataError, OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue } from '../../runtime/suggest.js';
import { isMissing, Table, type Cell } from '../table.js';
import { makePreprocessor, type Preprocessor } from './preprocessor.js';

export interface CategoryEncoderOptions {
  /** 'oneHot' (the default): a column `NAME_CATEGORY` for each category. 'integer': the category's number, from 0. */
  encoding?: 'oneHot' | 'integer';
  /** A category that the fit has not seen is an 'error' (the default), or with 'ignore' no category: all 0, or -1. */
  handleUnknown?: 'error' | 'ignore';
}

interface CategoryState {
  /** Of each column, in order: numbers before text. */
  categories: readonly (readonly Cell[])[];
}

const byValue = (a: Cell, b: Cell): number => {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a! < b! ? -1 : 1;
};

/**
 * Categories (text or numbers) as numbers, column by column: one column a category, or its number among the sorted ones. As
 * scikit-learn's OneHotEncoder and OrdinalEncoder. Integers are what `embedding` takes.
 *
 * @throws DataError for an unseen category, with column, row and value; for a missing cell, unless unknown ones are ignored.
 * @example categoryEncoder({ handleUnknown: 'ignore' }).fitTransform([{ city: 'Bern' }, { city: 'Basel' }]).names
 * // ['city_Basel', 'city_Bern']
 */
export function categoryEncoder(options: CategoryEncoderOptions = {}): Preprocessor {
  checkOptions('categoryEncoder', options, ['encoding', 'handleUnknown']);
  const { encoding = 'oneHot', handleUnknown = 'error' } = options;
  for (const [option, value, known] of [
    ['encoding', encoding, ['oneHot', 'integer']],
    ['handleUnknown', handleUnknown, ['error', 'ignore']],
  ] as const) {
    if (!(known as readonly unknown[]).includes(value))
      throw new OptionError(
        `categoryEncoder: ${option} must be '${known.join("' or '")}', got ${describeValue(value)}.`,
      );
  }
  const ignores = handleUnknown === 'ignore';
  const refuseMissing = (name: string, row: number): never => {
    throw new DataError(
      `categoryEncoder: row ${row}, column '${name}' is missing. Impute it first, or give handleUnknown: 'ignore'.`,
    );
  };
  const codesOf = (name: string, column: readonly Cell[], categories: readonly Cell[]): number[] => {
    const codes = new Map(categories.map((category, code) => [category, code]));
    return column.map((cell, row) => {
      const code = codes.get(cell);
      if (code !== undefined) return code;
      if (ignores) return -1;
      if (isMissing(cell)) return refuseMissing(name, row);
      throw new DataError(
        `categoryEncoder: row ${row}, column '${name}': unseen category ${describeValue(cell)}. ` +
          `Known: ${categories.slice(0, 10).join(', ')}${categories.length > 10 ? ', ...' : ''}. ` +
          "Fit on data that has it, or give handleUnknown: 'ignore'.",
      );
    });
  };
  return makePreprocessor<CategoryState>({
    name: 'categoryEncoder',
    config: { encoding, handleUnknown },
    learn: ({ names, columns }) => ({
      categories: columns.map((column, i) => {
        const gap = column.findIndex(isMissing);
        if (gap >= 0 && !ignores) refuseMissing(names[i]!, gap);
        return [...new Set(column.filter((cell) => !isMissing(cell)))].sort(byValue);
      }),
    }),
    apply({ names, columns }, { categories }) {
      const codes = columns.map((column, i) => codesOf(names[i]!, column, categories[i]!));
      if (encoding === 'integer') return new Table(names, codes);
      return new Table(
        names.flatMap((name, i) => categories[i]!.map((category) => `${name}_${category}`)),
        codes.flatMap((own, i) => categories[i]!.map((_, code) => own.map((value) => Number(value === code)))),
      );
    },
    fits: ({ categories }, columns) =>
      Array.isArray(categories) &&
      categories.length === columns &&
      categories.every((own: unknown) => Array.isArray(own) && !own.some(isMissing)),
  });
}
