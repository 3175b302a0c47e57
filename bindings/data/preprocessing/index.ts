// Preprocessors from their configuration, for what is stored beside a model.

import { StateError } from '../../runtime/errors.js';
import { resolveNamed, type Maker, type NamedConfig } from '../../runtime/named.js';
import { SCALERS } from '../scalers/index.js';
import type { Scaler } from '../scalers/scaler.js';
import { categoryEncoder } from './categoryEncoder.js';
import { columnTransformer, type ColumnPart } from './columnTransformer.js';
import { imputer } from './imputer.js';
import { pipeline } from './pipeline.js';
import type { PreprocessingStep, Preprocessor, PreprocessorState } from './preprocessor.js';
import { textVectorizer, type TextVectorizer } from './textVectorizer.js';

/** A preprocessor in JSON: its name, its options, and what it learned. */
export interface PreprocessorConfig extends NamedConfig {
  readonly state?: PreprocessorState | undefined;
}

const stepOf = (config: NamedConfig): PreprocessingStep =>
  resolveNamed<PreprocessingStep>('preprocessorFromConfig', 'preprocessor', config, PREPROCESSORS);

export const PREPROCESSORS: Readonly<Record<string, Maker<PreprocessingStep>>> = {
  ...SCALERS,
  imputer,
  categoryEncoder,
  textVectorizer,
  pipeline: ({ steps }: { steps: readonly NamedConfig[] }) => pipeline(steps.map(stepOf)),
  columnTransformer: ({ parts }: { parts: readonly { columns: string[]; transformer: NamedConfig | string }[] }) =>
    columnTransformer(
      parts.map(({ columns, transformer }): ColumnPart => ({
        columns,
        transformer: typeof transformer === 'string' ? (transformer as 'passthrough') : stepOf(transformer),
      })),
    ),
};

/**
 * A preprocessor (or scaler, or text vectorizer) from { name, config, state }, as `JSON.parse(JSON.stringify(preprocessor))` gives it.
 *
 * @throws OptionError for an unknown name or option, StateError for a state of another kind.
 * @example preprocessorFromConfig(JSON.parse(JSON.stringify(prepare))).transform(rows)
 */
export function preprocessorFromConfig(given: PreprocessorConfig): Preprocessor | Scaler | TextVectorizer {
  if (given === null || typeof given !== 'object') {
    throw new StateError(
      'preprocessorFromConfig: expected { name, config, state }. Give what JSON.stringify made of a preprocessor.',
    );
  }
  const { name, config, state } = given;
  const step = stepOf({ name, config });
  return state ? step.load(state as never) : step;
}
