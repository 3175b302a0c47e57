// The stated errors of the SIMD functions, over every float32 exponent and both signs: a short form of
// `node scripts/measure-ulp.mjs`, which measures all of it.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Largest error in ULP that the docstrings of assembly/lib promise. */
const PROMISED_ULP = {
  exponential: 1.02,
  logarithm: 0.85,
  tanh: 2.6,
  sigmoid: 2.5,
  softplus: 1.9,
  elu: 1.1,
  silu: 3.3,
  erf: 1.3,
  gelu: 4.4,
};

/** Largest error relative to max(1, |result|) of every function, those that cross zero away from the origin included. */
const LARGEST_ERROR = 2e-7;

const script = fileURLToPath(new URL('../../scripts/measure-ulp.mjs', import.meta.url));
const { stdout, status } = spawnSync(process.execPath, [script, '--quick'], { encoding: 'utf8' });
const rows = [...stdout.matchAll(/^(\w[\w. -]*?) +([\d.]+) +\S+ +([\d.e+-]+)$/gm)].map(([, name, ulp, error]) => ({
  name: name!,
  ulp: Number(ulp),
  error: Number(error),
}));

describe('the SIMD functions are as exact as their docstrings say', () => {
  test.each(Object.entries(PROMISED_ULP))('%s: at most %d ULP', (name, promised) => {
    expect(status).toBe(0);
    expect(rows.find((row) => row.name === name)!.ulp).toBeLessThanOrEqual(promised);
  });

  test('every function: absolute or relative error', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20);
    for (const { name, error } of rows) expect([name, error <= LARGEST_ERROR]).toEqual([name, true]);
  });
});
