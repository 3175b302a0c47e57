// Tasks in Web Workers of pages whose content security policy is strict, cross-origin isolated and not.

import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servePage, type PageServer } from '../../platforms/server.js';
import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';
import type { PageFunctions } from './page.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe.skipIf(!existsSync(executablePath))('in Chromium (CHROMIUM_PATH, or /usr/bin/chromium)', () => {
  let folder: string;
  let browser: Browser;
  const servers: PageServer[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmgrad-web-workers-'));
    await build({
      entryPoints: {
        page: here('page.ts'),
        tasks: here('tasks.ts'),
        'web-task-worker': here('../../bindings/executors/webTaskWorker.ts'),
      },
      ...{ outdir: folder, outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm', target: 'es2022' },
      ...{ external: ['node:worker_threads'], logLevel: 'error' },
    });
    await copyFile(here('plain.mjs'), join(folder, 'plain.mjs'));
    browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    servers.forEach((server) => server.close());
    await rm(folder, { recursive: true, force: true });
  });

  async function open(isIsolated: boolean): Promise<Page> {
    const server = await servePage(folder, isIsolated);
    servers.push(server);
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => 'search' in globalThis);
    return page;
  }

  const run = <K extends keyof PageFunctions>(page: Page, name: K, ...given: Parameters<PageFunctions[K]>) =>
    page.evaluate(
      ([called, values]) => (globalThis as never as Record<string, (...all: unknown[]) => unknown>)[called]!(...values),
      [name, given] as [string, unknown[]],
    ) as ReturnType<PageFunctions[K]>;

  test.each([true, false])(
    'a search has the trials that it has here, isolated: %s',
    async (isIsolated) => {
      const page = await open(isIsolated);
      const trials = await run(page, 'search', 'workers');
      expect(trials).toEqual(await run(page, 'search', 'here'));
      expect(trials.map(({ state }) => state)).toEqual(Array(6).fill('complete'));
    },
    60_000,
  );

  test('tasks get seed and data, and answers to reports, whoever makes the worker', async () => {
    const page = await open(false);
    const expected = { payload: { a: 1 }, seed: 1, data: [3], answer: 'go on' };
    expect(await run(page, 'described')).toEqual([expected, expected]);
  }, 60_000);

  test.each([true, false])(
    'data go to a worker once, into shared memory if isolated: %s',
    async (isShared) => {
      const results = await run(await open(isShared), 'summed');
      expect(results).toEqual([false, true, true].map((isKept) => ({ sum: 6.5, isShared, isKept })));
    },
    60_000,
  );

  test('what fails, hangs or crashes is told, and the next task runs', async () => {
    expect(await run(await open(true), 'failures')).toEqual({
      thrown: 'TypeError: it failed',
      absent: expect.stringContaining("exports no function 'absent'") as string,
      nowhere: expect.stringMatching(/^INVALID_OPTION: the module .*nowhere\.mjs could not be imported/) as string,
      payload: expect.stringMatching(/^INVALID_OPTION: .*plain values/) as string,
      result: expect.stringMatching(/^INVALID_OPTION: .*plain values/) as string,
      aborted: expect.stringContaining('timed out') as string,
      crashed: expect.stringMatching(/^RUNTIME: .*died 2 times: .*it crashed/) as string,
      revived: 'it came to back, 2 reports',
      reports: ['first', 'second'],
      after: 'it came to 42',
    });
  }, 60_000);

  test('closed, it ends what runs and what waits; a script that cannot be loaded is told', async () => {
    const [running, waiting, later, script] = await run(await open(true), 'ended');
    for (const text of [running, waiting, later]) expect(text).toContain('INVALID_STATE: workers: closed.');
    expect(script).toMatch(/^RUNTIME: .*its script could not be loaded/);
  }, 60_000);
});
