// `--engine`: which engines are meant, and what is said where one is missing.

import { afterEach, expect, test } from 'vitest';
import { enginesOf } from '../../bench/engines/engine.js';
import { wantedCases } from '../../bench/suite-run.js';

const running = Number(process.versions.node.split('.')[0]);
const { platform, env } = process;

afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  process.env = env;
});

test('the node that runs, if none is named', () => {
  expect(enginesOf(undefined).map(({ name }) => name)).toEqual([`node${running}`]);
});

test('several, in the order of their names', () => {
  expect(enginesOf(`chromium,node24, node${running}`).map(({ name }) => name)).toEqual([
    'chromium',
    'node24',
    `node${running}`,
  ]);
});

test('an unknown engine is an error that lists those there are', () => {
  expect(() => enginesOf('node20,firefox')).toThrow(/chromium, node20, node24.*got 'firefox'/);
});

test('a node that has no package for this platform is missing by name', async () => {
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  const name = running === 24 ? 'node20' : 'node24';
  const request = { threads: 1, timing: { rounds: 1, turnMilliseconds: 1 } };
  await expect(enginesOf(name)[0]!.run(request, () => undefined)).rejects.toThrow(
    new RegExp(`--engine ${name}: missing.*darwin on`),
  );
});

test('a Chromium that is not where CHROMIUM_PATH says is missing by name', async () => {
  process.env = { ...env, CHROMIUM_PATH: '/nowhere/chromium' };
  const request = { threads: 1, timing: { rounds: 1, turnMilliseconds: 1 } };
  await expect(enginesOf('chromium')[0]!.run(request, () => undefined)).rejects.toThrow(
    /--engine chromium: .*\/nowhere\/chromium/,
  );
});

test('cases are wanted by suite or by a part of their names; others are an error', () => {
  const isWanted = wantedCases('ADAM');
  expect([isWanted('update', 'adam'), isWanted('gemm', 'NN 64')]).toEqual([true, false]);
  expect(wantedCases('gemm')('gemm', 'NN 64')).toBe(true);
  expect(() => wantedCases('gem')).toThrow(/--only gem: no such suite or case[^]*update: adam/);
});
