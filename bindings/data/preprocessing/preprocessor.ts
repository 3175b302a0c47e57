// What a preprocessor is: a map from tables to tables with figures learned from the training part alone.

import { DataError, ShapeError, StateError } from '../../runtime/errors.js';
import { describeValue } from '../../runtime/suggest.js';
import type { Scaler } from '../scalers/scaler.js';
import { toTable, type Table, type TableData } from '../table.js';

/** What a preprocessor learned: plain JSON. */
export type PreprocessorState = Readonly<Record<string, unknown>>;

export interface Preprocessor {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What was learned; undefined before `fit`. */
  readonly state: PreprocessorState | undefined;
  /** Learns from a table. Fit it on the training part alone. */
  fit(x: TableData): this;
  /** @throws StateError before `fit`. @throws ShapeError for other columns. */
  transform(x: TableData): Table;
  fitTransform(x: TableData): Table;
  /** Takes over what another one of the kind and options learned. @throws StateError for a state of another kind. */
  load(state: PreprocessorState): this;
}

/** What can be a step of a pipeline: scalers, too. */
export type PreprocessingStep = Preprocessor | Scaler;

/** What differs from one preprocessor to the next. */
export interface PreprocessorDefinition<S extends object> {
  name: string;
  config: Readonly<Record<string, unknown>>;
  learn(table: Table): S;
  apply(table: Table, state: S): Table;
  /** Whether a state from JSON is one of its own, for so many columns. */
  fits(state: Partial<Record<keyof S, unknown>>, columns: number): boolean;
  /** More columns than were fitted may be there; they are left out. */
  selects?: boolean;
}

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');

/** The preprocessor of a definition. */
export function makePreprocessor<S extends object>(definition: PreprocessorDefinition<S>): Preprocessor {
  const { name, config, learn, apply, fits, selects = false } = definition;
  let state: ({ names: readonly string[] } & S) | undefined;
  const preprocessor: Preprocessor = {
    name,
    config,
    get state() {
      return state as PreprocessorState | undefined;
    },
    fit(x) {
      const table = toTable(name, x);
      if (table.rows === 0) throw new DataError(`${name}: no rows to fit on.`);
      state = { names: [...table.names], ...learn(table) };
      return preprocessor;
    },
    transform(x) {
      if (!state) throw new StateError(`${name}: transform before fit. Call fit on the training data first.`);
      return apply(fittedColumns(name, toTable(name, x, state.names), state.names, selects), state);
    },
    fitTransform: (x) => preprocessor.fit(x).transform(x),
    load(given) {
      const own = (given ?? {}) as Partial<Record<keyof S, unknown>> & { names?: unknown };
      if (!isNames(own.names) || !fits(own, own.names.length)) {
        throw new StateError(
          `${name}: expected the state of a ${name} with these options, got ${Object.keys(own).join(', ') || describeValue(given)}.`,
        );
      }
      state = given as unknown as { names: readonly string[] } & S;
      return preprocessor;
    },
  };
  return preprocessor;
}

/** The columns of the fit, in their order. */
function fittedColumns(where: string, table: Table, names: readonly string[], selects: boolean): Table {
  const absent = names.find((name) => !table.names.includes(name));
  if (absent === undefined && (selects || table.names.length === names.length)) return table.select(names);
  throw new ShapeError(
    `${where}: fitted on ${names.length} columns (${names.join(', ')}), got ${table.names.length} (${table.names.join(', ')})` +
      `${absent === undefined ? '' : `; '${absent}' is missing`}. Give the same columns.`,
  );
}

/** Fits a step on a table. */
export function fitStep(step: PreprocessingStep, table: Table): void {
  step.fit(table);
}

/** A step's table for a table. A scaler keeps the names. */
export const applyStep = (step: PreprocessingStep, table: Table): Table =>
  toTable(step.name, step.transform(table), table.names);

/** Whether a value can be a step. */
export const isStep = (value: unknown): value is PreprocessingStep =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  ['fit', 'transform', 'load'].every((method) => typeof (value as Record<string, unknown>)[method] === 'function');

/** Name, options and state of a step, as JSON has it. */
export const stepConfig = ({ name, config }: PreprocessingStep) => ({ name, config });
