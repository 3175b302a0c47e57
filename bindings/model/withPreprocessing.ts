// A model that takes tables: its preprocessing goes with it.

import { isStep, type Preprocessor } from '../data/preprocessing/preprocessor.js';
import { toTable, type Table, type TableData } from '../data/table.js';
import { DataError, OptionError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import type { DataArgument } from './dataset.js';
import type { FitOptions, ValidationData } from './fit.js';
import type { History, Logs } from './history.js';
import { Model, saveWith, type EvaluateOptions, type PredictOptions } from './model.js';
import type { Prediction } from './prediction.js';
import type { ModelFile, SaveOptions } from './saving/save.js';

export interface PreprocessedFitOptions extends Omit<FitOptions, 'validationData'> {
  /** A table and labels on which every epoch is evaluated. */
  validationData?: Omit<ValidationData, 'x'> & { x: TableData };
}

/** A model of one input, behind what its input goes through. */
export interface PreprocessedModel {
  readonly model: Model;
  readonly preprocessing: Preprocessor;
  /** Fits the preprocessing, unless it is fitted, on the rows that are trained on, and trains. */
  fit(x: TableData, y: DataArgument, options?: PreprocessedFitOptions): Promise<History>;
  evaluate(x: TableData, y: DataArgument, options?: EvaluateOptions): Promise<Logs>;
  predict(x: TableData, options?: PredictOptions): Promise<Prediction>;
  /** As `Model.save`, the preprocessing with the model: see `loadPreprocessedModel`. */
  save(options?: SaveOptions): Promise<ModelFile>;
}

/** The rows that `validationSplit` does not hold out. */
function trainingRows(table: Table, share: number): Table {
  const kept = table.rows - Math.ceil(table.rows * share);
  if (kept < 1) throw new DataError(`fit: validationSplit ${share} of ${table.rows} rows leaves none to train on.`);
  return table.take(Array.from({ length: kept }, (_, i) => i));
}

/**
 * A model and its preprocessing as one: tables go in, and are transformed in `fit`, `evaluate` and `predict`. The first `fit`
 * learns the preprocessing, from the rows that it trains on alone (not from those of `validationSplit` and
 * `validationData`); later ones keep it, since the weights are made for it. For scalers alone give `pipeline([scaler])`.
 *
 * @throws OptionError for what is no model or preprocessor.
 * @example
 * const flats = withPreprocessing(model, columnTransformer([
 *   { columns: ['rooms'], transformer: pipeline([imputer(), standardScaler()]) },
 *   { columns: ['city'], transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
 * ]));
 * await flats.fit(readCsv(text), rents, { epochs: 20, validationSplit: 0.1 });
 * await flats.predict([{ rooms: 3, city: 'Bern' }]);
 */
export function withPreprocessing(model: Model, preprocessing: Preprocessor): PreprocessedModel {
  if (!(model instanceof Model)) {
    throw new OptionError(`withPreprocessing: expected a model, got ${describeValue(model)}.`);
  }
  if (!isStep(preprocessing)) {
    throw new OptionError(`withPreprocessing: expected a preprocessor, got ${describeValue(preprocessing)}.`);
  }
  return {
    model,
    preprocessing,
    async fit(x, y, { validationData, ...options } = {}) {
      const table = toTable('fit: x', x);
      if (!preprocessing.state) preprocessing.fit(trainingRows(table, options.validationSplit ?? 0));
      const transformed = preprocessing.transform(table);
      if (!validationData) return model.fit(transformed, y, options);
      const validation = { ...validationData, x: preprocessing.transform(validationData.x) };
      return model.fit(transformed, y, { ...options, validationData: validation });
    },
    evaluate: async (x, y, options) => model.evaluate(preprocessing.transform(x), y, options),
    predict: async (x, options) => model.predict(preprocessing.transform(x), options),
    save: (options = {}) => saveWith(model, preprocessing, options),
  };
}
