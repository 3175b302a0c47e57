import { OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue } from '../../runtime/suggest.js';
import { Table } from '../table.js';
import {
  applyStep,
  fitStep,
  isStep,
  makePreprocessor,
  stepConfig,
  type PreprocessingStep,
  type Preprocessor,
  type PreprocessorState,
} from './preprocessor.js';

/** Columns, and what becomes of them. */
export interface ColumnPart {
  columns: readonly string[];
  /** A preprocessor, a scaler, or 'passthrough' for columns that stay as they are. */
  transformer: PreprocessingStep | 'passthrough';
}

interface ColumnState {
  parts: readonly (PreprocessorState | null)[];
}

const PASSTHROUGH = 'passthrough';

function checkParts(parts: readonly ColumnPart[]): void {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new OptionError(
      `columnTransformer: expected an array of { columns, transformer }, got ${describeValue(parts)}.`,
    );
  }
  parts.forEach((part: ColumnPart, i) => {
    checkOptions(`columnTransformer: part ${i}`, part, ['columns', 'transformer']);
    const { columns, transformer } = part;
    if (!Array.isArray(columns) || columns.length === 0 || columns.some((name) => typeof name !== 'string')) {
      throw new OptionError(
        `columnTransformer: part ${i}: columns must be names of columns, got ${describeValue(columns)}.`,
      );
    }
    if (transformer !== PASSTHROUGH && !isStep(transformer)) {
      throw new OptionError(
        `columnTransformer: part ${i}: transformer must be a preprocessor, a scaler or 'passthrough', got ${describeValue(transformer)}.`,
      );
    }
  });
}

/**
 * Other preprocessing for other columns; the results stand side by side, in the order of the parts. As scikit-learn's
 * ColumnTransformer. Columns in no part are left out: labels may stay in the table.
 *
 * @throws OptionError for an unknown column.
 * @example
 * const prepare = columnTransformer([
 *   { columns: ['age', 'fare'], transformer: pipeline([imputer({ strategy: 'median' }), standardScaler()]) },
 *   { columns: ['sex', 'port'], transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
 * ]);
 */
export function columnTransformer(parts: readonly ColumnPart[]): Preprocessor {
  checkParts(parts);
  const wanted = [...new Set(parts.flatMap(({ columns }) => columns))];
  const run = (table: Table, isFit: boolean): Table =>
    Table.concat(
      parts.map(({ columns, transformer }) => {
        const own = table.select(columns);
        if (transformer === PASSTHROUGH) return own;
        if (isFit) fitStep(transformer, own);
        return applyStep(transformer, own);
      }),
    );
  const made = makePreprocessor<ColumnState>({
    name: 'columnTransformer',
    config: {
      parts: parts.map(({ columns, transformer }) => ({
        columns,
        transformer: transformer === PASSTHROUGH ? transformer : stepConfig(transformer),
      })),
    },
    selects: true,
    learn(table) {
      run(table, true);
      return {
        names: wanted,
        parts: parts.map(({ transformer }) => (transformer === PASSTHROUGH ? null : transformer.state!)),
      };
    },
    apply: (table) => run(table, false),
    fits({ parts: states }) {
      if (!Array.isArray(states) || states.length !== parts.length) return false;
      parts.forEach(({ transformer }, i) => {
        if (transformer !== PASSTHROUGH) transformer.load(states[i] as never);
      });
      return true;
    },
  });
  return made;
}
