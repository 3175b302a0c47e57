// What a user may choose of the model and its training, checked before anything is allocated for it.

import { LIMITS } from './limits.js';
import { Problem } from './problem.js';
import type { Rows, Settings } from './rows.js';

export type Task = 'classification' | 'regression';

export interface TrainSettings {
  task: Task;
  /** Units of the hidden layers. */
  hidden: readonly number[];
  epochs: number;
  batchSize: number;
  budgetMilliseconds: number;
  seed: number;
}

const NAMES = ['task', 'hidden', 'epochs', 'batchSize', 'budgetMs', 'seed'];

export function readSettings(settings: Settings): TrainSettings {
  const unknown = Object.keys(settings).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new Problem('bad-request', `Unknown setting '${unknown}'. Known: ${NAMES.join(', ')}.`);
  }
  const { task = 'classification', hidden = [32], budgetMs } = settings;
  const { minimum, maximum, usual } = LIMITS.budgetMilliseconds;
  if (task !== 'classification' && task !== 'regression') {
    throw new Problem('bad-request', `task: expected 'classification' or 'regression', got ${JSON.stringify(task)}.`);
  }
  if (!Array.isArray(hidden) || hidden.length > LIMITS.hiddenLayers) {
    throw new Problem('limit-exceeded', `hidden: expected at most ${LIMITS.hiddenLayers} numbers of units.`);
  }
  return {
    task,
    hidden: hidden.map((units: unknown, i) => whole(units, `hidden[${i}]`, 1, LIMITS.units)),
    epochs: whole(settings.epochs ?? 100, 'epochs', 1, LIMITS.epochs),
    batchSize: whole(settings.batchSize ?? 32, 'batchSize', 1, 1024),
    budgetMilliseconds: whole(budgetMs ?? usual, 'budgetMs', minimum, maximum),
    seed: whole(settings.seed ?? 0, 'seed', 0, 2 ** 31),
  };
}

function whole(value: unknown, path: string, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return value as number;
  throw new Problem(
    'limit-exceeded',
    `${path}: expected a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(value)}.`,
  );
}

/** Labels as the task wants them. */
export function labelsFor(task: Task, { labels, rows }: Rows): { y: Int32Array | Float32Array; outputs: number } {
  if (labels?.length !== rows) {
    throw new Problem('wrong-shape', `labels: expected ${rows}, one a row, got ${labels?.length ?? 'none'}.`);
  }
  if (task === 'regression') return { y: labels, outputs: 1 };
  const odd = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= LIMITS.classes);
  if (odd >= 0) {
    throw new Problem(
      'wrong-shape',
      `labels[${odd}]: expected a class number from 0 to ${LIMITS.classes - 1}, got ${labels[odd]}.`,
    );
  }
  return { y: Int32Array.from(labels), outputs: 1 + labels.reduce((top, label) => Math.max(top, label), 1) };
}
