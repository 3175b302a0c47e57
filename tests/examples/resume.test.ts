// The example of examples/resume, on a small budget.

import { expect, test } from 'vitest';
import { run } from '../../examples/resume/resume.js';

test('a process that is killed twice ends in the bytes of one that is not', async () => {
  const { attempts, killed, undisturbed } = await run({ kills: 2, epochs: 8 });
  expect(killed).toBe(undisturbed);
  expect(attempts[0]!.from).toBe(0);
  expect(attempts.at(-1)!.end).toBeDefined();
}, 60_000);
