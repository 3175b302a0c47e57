// Where a saved run stands, checked.

import { DataError } from '../../runtime/errors.js';
import type { History, Logs } from '../history.js';
import type { CallbackState, RunState } from '../run.js';
import type { PassPosition } from '../passFigures.js';
import { readCount, readList, readNumber, readObject, readText } from './fields.js';

const readLogs = (value: unknown, path: string): Logs =>
  Object.fromEntries(
    Object.entries(readObject(value, path)).map(([name, figure]) => [name, readNumber(figure, `${path}.${name}`)]),
  );

function readHistory(value: unknown): History {
  const { epoch, history } = readObject(value, 'history');
  return {
    epoch: readList(epoch, 'history.epoch').map((entry) => readCount(entry, 'history.epoch')),
    history: Object.fromEntries(
      Object.entries(readObject(history, 'history.history')).map(([name, figures]) => [
        name,
        readList(figures, name).map((figure) => readNumber(figure, name)),
      ]),
    ),
  };
}

function readPass(value: unknown): PassPosition {
  const { batch, samples, sums, rows } = readObject(value, 'run.pass');
  if (!(sums instanceof Float64Array)) throw new DataError('run.pass.sums: expected float64 values');
  const kept = Object.entries(readObject(rows, 'run.pass.rows'));
  const odd = kept.find(([, entry]) => !(entry instanceof Float32Array));
  if (odd) throw new DataError(`run.pass.rows.${odd[0]}: expected float32 values`);
  return {
    batch: readCount(batch, 'run.pass.batch'),
    samples: readCount(samples, 'run.pass.samples'),
    sums,
    rows: Object.fromEntries(kept) as Record<string, Float32Array>,
  };
}

function readCallback(value: unknown): CallbackState {
  const { name, state, isBehind } = readObject(value, 'run.callbacks');
  return { name: readText(name, 'run.callbacks.name'), state, isBehind: isBehind === true };
}

/** The run of a file, its values read already. What callbacks keep is checked by them. */
export function readRun(value: unknown): RunState {
  const { epoch, pass, logs, history, callbacks, batchSize, shuffle, samples } = readObject(value, 'run');
  return {
    epoch: readCount(epoch, 'run.epoch'),
    pass: pass === undefined ? undefined : readPass(pass),
    logs: logs === undefined ? undefined : readLogs(logs, 'run.logs'),
    history: readHistory(history),
    callbacks: readList(callbacks, 'run.callbacks').map(readCallback),
    batchSize: readCount(batchSize, 'run.batchSize'),
    shuffle: shuffle === true,
    samples: samples === undefined ? undefined : readCount(samples, 'run.samples'),
  };
}
