// Models in workers of pages whose content security policy is strict, cross-origin isolated and not.

import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servePage, type PageServer } from '../../platforms/server.js';
import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';
import type { PageFunctions } from './page.js';
import { bundleScripts, type Scripts } from './scripts.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

describe.skipIf(!existsSync(executablePath))('in Chromium (CHROMIUM_PATH, or /usr/bin/chromium)', () => {
  let scripts: Scripts;
  let browser: Browser;
  const servers: PageServer[] = [];

  beforeAll(async () => {
    scripts = await bundleScripts(['page']);
    browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    servers.forEach((server) => server.close());
    await scripts?.remove();
  });

  /** A page, and what it and its workers say on the console. */
  async function open(isIsolated: boolean): Promise<{ page: Page; said: string[] }> {
    const server = await servePage(scripts.folder, isIsolated);
    servers.push(server);
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('console', (message) => {
      if (!message.location().url.endsWith('/favicon.ico')) said.push(message.text());
    });
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(server.url);
    await page.waitForFunction(() => 'trainThere' in globalThis);
    return { page, said };
  }

  const run = <K extends keyof PageFunctions>(page: Page, name: K, ...given: Parameters<PageFunctions[K]>) =>
    page.evaluate(
      ([called, values]) => (globalThis as never as Record<string, (...all: unknown[]) => unknown>)[called]!(...values),
      [name, given] as [string, unknown[]],
    ) as ReturnType<PageFunctions[K]>;

  test('an isolated page trains on two threads, with the bits of its main thread, and goes on painting', async () => {
    const { page, said } = await open(true);
    const expected = await run(page, 'trainHere');
    const { weights, threads, epochs, frames } = await run(page, 'trainThere', { threads: 2 });
    expect(threads).toBe(2);
    expect(weights).toEqual(expected);
    expect(epochs).toEqual([0, 1, 2, 3]);
    expect(frames).toBeGreaterThan(0);
    expect((await run(page, 'trainThere', {})).weights).toEqual(expected);
    expect(said).toEqual([]);
  }, 60_000);

  test('a page that is not isolated trains on one thread and says so once', async () => {
    const { page, said } = await open(false);
    const expected = await run(page, 'trainHere');
    for (let times = 0; times < 2; times++) {
      const { weights, threads } = await run(page, 'trainThere', { threads: 2 });
      expect(threads).toBe(1);
      expect(weights).toEqual(expected);
    }
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /^wasmgrad: spawn\(\{ threads: 2 \}\) goes on with one thread: .*Cross-Origin-Opener-Policy/,
    );
  }, 60_000);

  test('abort and terminate end what runs', async () => {
    const { page } = await open(true);
    expect(await run(page, 'broken')).toEqual(['AbortError', 'StateError']);
  }, 60_000);

  test.each(['absent.mjs', 'blob:'])(
    'a worker that is missing or forbidden says what to do: %s',
    async (url) => {
      const { page } = await open(true);
      expect(await run(page, 'refusal', url)).toMatch(
        /^RUNTIME: spawn: the worker did not start: its script could not be loaded\..*wasmgrad\/worker-host.*worker-src/,
      );
    },
    60_000,
  );
});
