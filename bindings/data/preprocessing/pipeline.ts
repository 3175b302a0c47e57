import { OptionError } from '../../runtime/errors.js';
import { describeValue } from '../../runtime/suggest.js';
import type { Table } from '../table.js';
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

interface PipelineState {
  steps: readonly (PreprocessorState | undefined)[];
}

/**
 * Preprocessors and scalers one behind the other: each is fitted on what the one before makes of the training part.
 *
 * @throws OptionError for no step, or one that is none.
 * @example
 * const prepare = pipeline([imputer({ strategy: 'median' }), standardScaler()]);
 * await model.fit(prepare.fitTransform(train), trainLabels);
 * await model.predict(prepare.transform(test));
 */
export function pipeline(steps: readonly PreprocessingStep[]): Preprocessor {
  if (!Array.isArray(steps) || steps.length === 0) {
    throw new OptionError(`pipeline: expected an array of at least one step, got ${describeValue(steps)}.`);
  }
  steps.forEach((step: unknown, i) => {
    if (!isStep(step))
      throw new OptionError(`pipeline: step ${i} is no preprocessor or scaler: ${describeValue(step)}.`);
  });
  const own = steps as readonly PreprocessingStep[];
  return makePreprocessor<PipelineState>({
    name: 'pipeline',
    config: { steps: own.map(stepConfig) },
    learn(table) {
      own.reduce<Table>((given, step) => {
        fitStep(step, given);
        return applyStep(step, given);
      }, table);
      return { steps: own.map(({ state }) => state) };
    },
    apply: (table) => own.reduce<Table>((given, step) => applyStep(step, given), table),
    fits({ steps: states }) {
      if (!Array.isArray(states) || states.length !== own.length) return false;
      own.forEach((step, i) => step.load(states[i] as never));
      return true;
    },
  });
}
