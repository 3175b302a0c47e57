// The stores of browsers, in a real one: IndexedDB and the private file system outlive the page.

import { createServer, type Server } from 'node:http';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

interface PageFunctions {
  check(name: string): Promise<number[]>;
  predict(name: string): Promise<number[]>;
  keys(name: string): Promise<string[]>;
  hold(name: string, bytes: number): Promise<string>;
}

describe.skipIf(!existsSync(executablePath))('in Chromium (CHROMIUM_PATH, or /usr/bin/chromium)', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const bundle = await build({
      entryPoints: [new URL('page.ts', import.meta.url).pathname],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    const script = bundle.outputFiles[0]!.text;
    server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
    page = await browser.newPage();
    await open();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const open = async () => {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'hold' in globalThis);
  };
  const run = <K extends keyof PageFunctions>(name: K, ...given: Parameters<PageFunctions[K]>) =>
    page.evaluate(
      ([called, values]) => (globalThis as never as Record<string, (...all: unknown[]) => unknown>)[called]!(...values),
      [name, given] as [string, unknown[]],
    ) as ReturnType<PageFunctions[K]>;

  test.each(['indexedDB', 'opfs'])(
    '%s keeps models, also over a reload',
    async (name) => {
      const prediction = await run('check', name);
      expect(prediction.length).toBe(2);
      await open();
      expect(await run('keys', name)).toEqual(['model']);
      expect(await run('predict', name)).toEqual(prediction);
    },
    60_000,
  );

  test('opfs says that there is no room, and keeps what it has', async () => {
    const name = 'opfs';
    const client = await page.context().newCDPSession(page);
    const origin = new URL(page.url()).origin;
    await client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2_000_000 });
    expect(await run('hold', name, 8_000_000)).toMatch(/^RUNTIME: opfsStore: the browser has no room for \d{7} bytes/);
    expect(await run('keys', name)).toEqual(['model']);
    await client.send('Storage.overrideQuotaForOrigin', { origin });
  }, 60_000);
});
