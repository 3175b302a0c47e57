// What a scaler is: y = (x - center) / scale, column by column, with figures learned from training data alone.

import type { Shape } from '../../graph/shape.js';
import { StateError } from '../../runtime/errors.js';
import { describeValue } from '../../runtime/suggest.js';
import { ownShape, type ArrayData } from '../arrays.js';
import { checkColumns, columnOf, mapMatrix, toMatrix, type Matrix } from '../matrix.js';

/** Figures of a fitted scaler, one of each a feature: plain JSON. */
export type ScalerState = Readonly<Record<string, readonly number[]>>;

/** float32 values with their shape: what `fit` and `predict` take. */
export interface ScaledArray {
  data: Float32Array;
  shape: Shape;
}

export interface Scaler {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What was learned; undefined before `fit`. */
  readonly state: ScalerState | undefined;
  /** Learns the figures of each feature. Fit it on the training part alone. */
  fit(x: ArrayData): this;
  /** @throws StateError before `fit`. @throws ShapeError for another number of features. */
  transform(x: ArrayData): ScaledArray;
  fitTransform(x: ArrayData): ScaledArray;
  inverseTransform(x: ArrayData): ScaledArray;
  /**
   * Takes over figures that another scaler of the kind learned.
   *
   * @throws StateError for figures of another kind, of features of different number, or that are no finite numbers.
   */
  load(state: ScalerState): this;
}

/** What differs from one scaler to the next: figures of a column, and the affine map that they make. */
export interface ScalerDefinition {
  name: string;
  config: Readonly<Record<string, unknown>>;
  learn(column: Float64Array): Readonly<Record<string, number>>;
  /** y = factor x + offset */
  affine(figures: Readonly<Record<string, number>>): { factor: number; offset: number };
}

/** The scaler of a definition. */
export function makeScaler({ name, config, learn, affine }: ScalerDefinition): Scaler {
  let state: ScalerState | undefined;

  function mapsFor(matrix: Matrix): { factor: number; offset: number }[] {
    if (!state) throw new StateError(`${name}: transform before fit. Call fit on the training data first.`);
    const names = Object.keys(state);
    const features = state[names[0]!]!.length;
    checkColumns(name, matrix, features);
    return Array.from({ length: features }, (_, i) =>
      affine(Object.fromEntries(names.map((figure) => [figure, state![figure]![i]!]))),
    );
  }

  function apply(x: ArrayData, map: (value: number, own: { factor: number; offset: number }) => number): ScaledArray {
    const matrix = toMatrix(name, x);
    const maps = mapsFor(matrix);
    const { data } = mapMatrix(matrix, (value, column) => map(value, maps[column]!));
    return { data: Float32Array.from(data), shape: ownShape(x) ?? [data.length] };
  }

  const scaler: Scaler = {
    name,
    config,
    get state() {
      return state;
    },
    fit(x) {
      const matrix = toMatrix(name, x);
      const learned = Array.from({ length: matrix.columns }, (_, i) => learn(columnOf(matrix, i)));
      state = Object.fromEntries(Object.keys(learned[0]!).map((key) => [key, learned.map((column) => column[key]!)]));
      return scaler;
    },
    transform: (x) => apply(x, (value, { factor, offset }) => value * factor + offset),
    fitTransform: (x) => scaler.fit(x).transform(x),
    inverseTransform: (x) => apply(x, (value, { factor, offset }) => (value - offset) / factor),
    load(given) {
      checkState(name, given, Object.keys(learn(Float64Array.of(0))));
      state = given;
      return scaler;
    },
  };
  return scaler;
}

/** Throws unless a state has the wanted figures, each a list of numbers for the same features. */
function checkState(where: string, given: unknown, wanted: readonly string[]): void {
  const state = (given ?? {}) as Record<string, unknown>;
  const features = wanted.map((figure) => state[figure]);
  const fits =
    Object.keys(state).length === wanted.length &&
    features.every((own) => Array.isArray(own) && own.length > 0 && own.every(Number.isFinite)) &&
    new Set(features.map((own) => (own as unknown[]).length)).size === 1;
  if (fits) return;
  throw new StateError(
    `${where}: expected a state of ${wanted.join(' and ')}, one finite number each a feature, ` +
      `got ${Object.keys(state).join(', ') || describeValue(given)}. Load the state of a ${where}.`,
  );
}
