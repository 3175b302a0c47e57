// The figure that a callback follows: found in the logs by name, and compared in its direction.

import { LOSSES } from '../../losses/index.js';
import { METRICS } from '../../metrics/index.js';
import { isScore, metricOf } from '../../metrics/scores.js';
import { OptionError } from '../../runtime/errors.js';
import { describeValue, nearestName } from '../../runtime/suggest.js';
import type { Logs } from '../history.js';

/** Whether a figure is to fall or to rise; `auto` goes by its name. */
export type MonitorMode = 'auto' | 'min' | 'max';

const MODES: readonly MonitorMode[] = ['auto', 'min', 'max'];

/** The value of a figure. An OptionError lists what there is. */
export function readMonitor(where: string, logs: Logs, monitor: string): number {
  if (Object.hasOwn(logs, monitor)) return logs[monitor]!;
  const known = Object.keys(logs);
  const nearest = nearestName(monitor, known);
  const needsValidation = monitor.startsWith('val_') && !known.some((name) => name.startsWith('val_'));
  const hint = needsValidation
    ? ' Give fit validationData or validationSplit.'
    : nearest
      ? ` Did you mean '${nearest}'?`
      : '';
  throw new OptionError(`${where}: no figure '${monitor}'.${hint} There are: ${known.join(', ')}.`);
}

/** Checks the name of a figure and its mode, and says which way is better. */
export function resolveMode(where: string, monitor: unknown, mode: unknown): 'min' | 'max' {
  if (typeof monitor !== 'string' || monitor === '') {
    throw new OptionError(`${where}: monitor must be the name of a figure, got ${describeValue(monitor)}.`);
  }
  if (!MODES.includes(mode as MonitorMode)) {
    throw new OptionError(`${where}: mode must be one of ${MODES.join(', ')}, got ${describeValue(mode)}.`);
  }
  if (mode !== 'auto') return mode as 'min' | 'max';
  const metric = metricOf(monitor);
  if (isScore(metric) || /accuracy$/i.test(metric)) return 'max';
  if (/(loss|error|penalty)$/i.test(metric) || metric in LOSSES || metric in METRICS) return 'min';
  throw new OptionError(
    `${where}: mode 'auto' can't tell whether '${monitor}' is to fall or to rise. Give mode: 'min' or 'max'.`,
  );
}

/** Whether `value` is better than `reference` by more than `minDelta`. NaN is never better. */
export const isBetter = (mode: 'min' | 'max', value: number, reference: number, minDelta = 0): boolean =>
  mode === 'min' ? value < reference - minDelta : value > reference + minDelta;

/** Worse than every value. */
export const worstOf = (mode: 'min' | 'max'): number => (mode === 'min' ? Infinity : -Infinity);
