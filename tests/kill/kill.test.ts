// A training process is killed at random moments, and at chosen points of a save; `npm run test:kill` is the long form.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAULT_POINTS } from './faults.js';
import { compileChild, killRound } from './kill.js';

let child: Awaited<ReturnType<typeof compileChild>>;
beforeAll(async () => {
  child = await compileChild();
});
afterAll(() => child.remove());

test('killed at random moments, it resumes from the newest whole checkpoint and ends in the same bytes', async () => {
  const { attempts } = await killRound({ script: child.script, run: 'lstm', kills: 4, seed: 3 });
  expect(attempts.filter(({ isKilled }) => isKilled).length).toBeGreaterThan(0);
}, 60_000);

test('killed at every point of a save', async () => {
  const faults = FAULT_POINTS.map((at) => ({ at, save: at.startsWith('the new one is whole') ? 4 : 2 }));
  const { attempts } = await killRound({ script: child.script, run: 'cnn', kills: faults.length, seed: 1, faults });
  expect(attempts.map(({ isKilled }) => isKilled)).toEqual([...faults.map(() => true), false]);
  // The file beside is there at the first four points, and gone after the next save.
  expect(attempts.map(({ leftBeside }) => leftBeside)).toEqual([1, 1, 1, 1, 0, 0, 0]);
}, 60_000);
