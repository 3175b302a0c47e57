// The bench in a page of Chromium: bundled, served on this machine, cross-origin isolated so that it may have threads.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';
import { installPackages } from '../install.js';
import { bundleTfjs, tfjsWasmFolder } from '../subjects/tfjsBundle.js';
import type { Message, Request } from '../suite-run.js';
import type { EngineVersion } from './engine.js';
import type { BenchPage } from './page.js';
import { TFJS_URL, TFJS_WASM_URL } from './urls.js';

const PLAYWRIGHT: string = 'playwright-core';

/** What is used of playwright-core. Declared here so that the bench compiles without it. */
interface Playwright {
  chromium: { launch(options: { executablePath: string; headless: boolean; args: string[] }): Promise<Browser> };
}

interface Browser {
  newPage(): Promise<Page>;
  newBrowserCDPSession(): Promise<{ send(name: 'Browser.getVersion'): Promise<{ jsVersion: string }> }>;
  version(): string;
  close(): Promise<void>;
}

interface Page {
  on(event: 'console', listener: (line: { text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  exposeFunction(name: string, called: (message: Message) => void): Promise<void>;
  goto(url: string): Promise<unknown>;
  waitForFunction(condition: () => boolean): Promise<unknown>;
  evaluate<T>(called: (given: T) => Promise<void>, given: T): Promise<void>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function runInChromium(request: Request, receive: (message: Message) => void): Promise<EngineVersion> {
  const executablePath = findChromium();
  if (!existsSync(here('../node_modules/playwright-core'))) installPackages('peers');
  const { chromium } = (await import(PLAYWRIGHT)) as Playwright;
  const folder = await mkdtemp(join(tmpdir(), 'wasmgrad-bench-'));
  const server = await serve(folder);
  const browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
  try {
    const page = await browser.newPage();
    page.on('console', (line) => console.log(`chromium: ${line.text()}`));
    page.on('pageerror', (error) => receive({ kind: 'failed', reason: String(error) }));
    await page.exposeFunction('sendMessage', receive);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'runBench' in globalThis);
    await page.evaluate((given) => (globalThis as unknown as BenchPage).runBench(given), request);
    const session = await browser.newBrowserCDPSession();
    const { jsVersion } = await session.send('Browser.getVersion');
    return { version: browser.version(), v8: jsVersion };
  } finally {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true });
  }
}

/** CHROMIUM_PATH, or where it usually is, or what the shell finds. */
function findChromium(): string {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new Error(`--engine chromium: CHROMIUM_PATH names no file: ${given}`);
  }
  if (existsSync('/usr/bin/chromium')) return '/usr/bin/chromium';
  try {
    return execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error('--engine chromium: missing. Give its path in CHROMIUM_PATH.');
  }
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<script type="module" src="/page.js"></script>`;
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const HEADERS = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** A server of the bench, bundled into `folder`, on a free port. */
async function serve(folder: string): Promise<Server> {
  await bundlePage(folder);
  const tfjs = await bundleTfjs('browser').catch(() => undefined);
  const fileOf = (path: string): string | undefined => {
    if (path === '/thread.js') return here('../../bindings/runtime/thread.js');
    if (path === TFJS_URL) return tfjs;
    if (path.startsWith(TFJS_WASM_URL)) return tfjsWasmFolder() + path.slice(TFJS_WASM_URL.length);
    return join(folder, path);
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://bench').pathname;
    if (path === '/') return void response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/html' }).end(PAGE);
    const file = fileOf(path);
    const missing = () => void response.writeHead(404).end();
    if (file === undefined) return missing();
    readFile(file).then(
      (bytes) => response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(file)] ?? '' }).end(bytes),
      missing,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Modules of Node are empty: what needs them fails when it is used, and says so in its rows. */
const NO_NODE: Plugin = {
  name: 'no-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:.*|esbuild)$/ }, ({ path }) => ({ path, namespace: 'no-node' }));
    onLoad({ filter: /.*/, namespace: 'no-node' }, () => ({ contents: 'module.exports = {};' }));
  },
};

async function bundlePage(outdir: string): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [here('page.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    plugins: [NO_NODE],
    logLevel: 'error',
  });
}
