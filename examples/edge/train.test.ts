// The budget, by a clock that the test winds.

import { expect, test } from 'vitest';
import { moons } from './moons.js';
import { Problem } from './src/problem.js';
import { readSettings } from './src/settings.js';
import { checkBudget, train, type Clock } from './src/train.js';

/** A clock on which every epoch takes so long. */
function clockOf(millisecondsOfEpoch: readonly number[]): Clock {
  let [time, epoch] = [1000, 0];
  return {
    now: () => time,
    tick() {
      time += millisecondsOfEpoch[Math.min(epoch++, millisecondsOfEpoch.length - 1)]!;
      return Promise.resolve();
    },
  };
}

async function trainFor(budgetMs: number, millisecondsOfEpoch: readonly number[], epochs = 30) {
  const { data, labels } = moons(100, 1);
  const rows = { data, rows: 100, columns: 2, labels: Float32Array.from(labels) };
  const { model, report } = await train(rows, readSettings({ budgetMs, epochs }), clockOf(millisecondsOfEpoch));
  model.model.dispose();
  return report;
}

test('training ends before the epoch that would go over the budget', async () => {
  expect(await trainFor(100, [10])).toMatchObject({ epochs: 10, milliseconds: 100, stoppedBy: 'budget' });
  expect(await trainFor(105, [10])).toMatchObject({ epochs: 10, milliseconds: 100, stoppedBy: 'budget' });
  // The longest epoch so far is what the next may take.
  expect(await trainFor(100, [10, 40, 10])).toMatchObject({ epochs: 4, milliseconds: 70, stoppedBy: 'budget' });
});

test('training that needs less than its budget ends by itself', async () => {
  expect(await trainFor(1000, [10], 5)).toMatchObject({ epochs: 5, milliseconds: 50, stoppedBy: 'epochs' });
});

test('a single epoch far over the budget leaves no model', async () => {
  const report = await trainFor(50, [120]);
  expect(report).toMatchObject({ epochs: 1, milliseconds: 120 });
  expect(() => checkBudget(report, 50)).toThrow(Problem);
  expect(() => checkBudget(report, 50)).toThrow('One epoch took 120 ms of a budget of 50');
  expect(() => checkBudget(report, 60)).not.toThrow();
});
