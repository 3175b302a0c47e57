// The command that runs a folder of reference cases: its table, its file, its exit code.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const tensor = (data: number[]) => ({ shape: [data.length], data });
const average = (name: string, expected: number) => ({
  name,
  attrs: { op: 'weightedAverage', weights: null },
  tol: { rtol: 0, atol: 0.5 },
  inputs: { predictions: { shape: [2, 1], data: [1, 3] } },
  outputs: { average: tensor([expected]) },
  grads: {},
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'golden-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function golden(files: Readonly<Record<string, unknown>>, ...options: string[]) {
  const own = await mkdtemp(path.join(folder, 'set-'));
  for (const [name, cases] of Object.entries(files)) await writeFile(path.join(own, name), JSON.stringify(cases));
  const arguments_ = ['--import', 'tsx', 'scripts/golden.ts', own, ...options];
  try {
    return { code: 0, output: (await promisify(execFile)('node', arguments_, { cwd: ROOT })).stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  }
}

test('exits 0 when every case passes, and says how near', async () => {
  const { code, output } = await golden({ 'ensembles.json': [average('mean', 2.25)], 'manifest.json': {} });
  expect(output).toMatch(/ensembles +1 +1 +0 +0 +50 % +mean/);
  expect(output).toContain('1 cases of 1 families: 1 passed, 0 failed, 0 not covered');
  expect(code).toBe(0);
});

test('exits 1 for failures, unknown ops and unknown families, with the reasons in the file', async () => {
  const json = path.join(folder, 'figures.json');
  const unknown = { ...average('other', 2), attrs: { op: 'medianVote' } };
  const files = { 'ensembles.json': [average('wrong', 5), unknown], 'sorcery.json': [average('spell', 2)] };
  const { code, output } = await golden(files, '--json', json);
  expect(code).toBe(1);
  expect(output).toContain('3 cases of 2 families: 0 passed, 1 failed, 2 not covered');
  const figures = JSON.parse(await readFile(json, 'utf8')) as { total: object; families: { problems: object[] }[] };
  expect(figures.total).toEqual({ cases: 3, passed: 0, failed: 1, notCovered: 2 });
  expect(figures.families[0]!.problems).toMatchObject([
    { name: 'wrong', status: 'failed', message: expect.stringContaining('got 2, expected 5') as string },
    { name: 'other', status: 'notCovered' },
  ]);
});

test('runs the families asked for, lists cases, and exits 1 where there is nothing to run', async () => {
  const files = { 'ensembles.json': [average('mean', 2)], 'sorcery.json': [average('spell', 2)] };
  expect(await golden(files, '--family', 'ensembles')).toMatchObject({ code: 0 });
  expect(await golden(files, '--family', 'ensemble')).toMatchObject({ code: 1 });
  expect((await golden(files, '--list')).output).toBe('ensembles/mean: weightedAverage\nsorcery/spell: not covered\n');
  expect(await golden({})).toMatchObject({ code: 1 });
});
