// What an ensemble is worth, beside its members.

import { argMaxRows } from '../data/matrix.js';
import { DataError, ShapeError } from '../runtime/errors.js';
import {
  accuracy,
  expectedCalibrationError,
  logLoss,
  meanSquaredError,
  r2,
  type Calibration,
} from '../metrics/functions/index.js';
import { diversity, type Diversity } from './diversity.js';
import type { EstimatedValues } from './estimator.js';
import type { EnsembleTask, Targets } from './samples.js';

/** Scores of one who answers. */
export interface Score {
  /** Of classes. */
  accuracy?: number;
  /** Of probabilities, in nats. */
  logLoss?: number;
  /** Of values. */
  meanSquaredError?: number;
  r2?: number;
}

export interface EnsembleReport extends Score {
  /** Of each member that answers by itself. */
  members: readonly Score[];
  /** Of classifiers, with at least two members. */
  diversity?: Diversity;
  /** Of the ensemble's probabilities. */
  calibration?: Calibration;
}

export function evaluateEnsemble(
  task: EnsembleTask,
  y: Targets,
  combined: EstimatedValues,
  members: readonly EstimatedValues[],
): EnsembleReport {
  const score = task === 'classification' ? scoreClasses : scoreValues;
  const report = { ...score(y, combined), members: members.map((member) => score(y, member)) };
  if (task === 'regression') return report;
  const decisions = members.map(({ data, columns }) => argMaxRows(data, columns));
  return {
    ...report,
    ...(members.length > 1 && { diversity: diversity(decisions, y.data) }),
    calibration: expectedCalibrationError(y.data, combined.data),
  };
}

function scoreClasses(y: Targets, { data, columns }: EstimatedValues): Score {
  const unknown = y.data.findIndex((label: number) => label >= columns);
  if (unknown >= 0) {
    throw new DataError(
      `evaluate: label ${unknown} is ${y.data[unknown]}. The ensemble was fitted on ${columns} classes.`,
    );
  }
  return { accuracy: accuracy(y.data, argMaxRows(data, columns)), logLoss: logLoss(y.data, data) };
}

function scoreValues(y: Targets, { data, columns }: EstimatedValues): Score {
  if (columns !== y.size) {
    throw new ShapeError(`evaluate: ${columns} values are predicted for each sample, y has ${y.size}.`);
  }
  return { meanSquaredError: meanSquaredError(y.data, data), r2: r2(y.data, data) };
}
