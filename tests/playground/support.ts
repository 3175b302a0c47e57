// The built page in Chromium, from a server of its own, with everything that it does against the rules written down.

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';
import { CONTENT_SECURITY_POLICY } from '../../examples/playground/vite.config.mjs';

const root = fileURLToPath(new URL('../../build/playground/', import.meta.url));
const axeSource = fileURLToPath(new URL('../../examples/playground/node_modules/axe-core/axe.min.js', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface Site {
  url: string;
  browser: Browser;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  if (!existsSync(join(root, 'index.html')))
    throw new Error('Build the page first: npm run example:playground -- --build');
  const server: Server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, 'http://localhost').pathname));
    const file = join(root, path === '/' ? 'index.html' : path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    browser,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

export interface Visit {
  page: Page;
  /** Errors on the console, uncaught ones, breaches of the policy, and requests to elsewhere. */
  offences: string[];
}

export async function visit({ url, browser }: Site, hash = '', options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const offences: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') offences.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
  context.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('blob:'))
      offences.push(`request: ${request.url()}`);
  });
  await page.goto(url + hash);
  return { page, offences };
}

/** Presses Train at full speed and waits for the end. Returns the hash of the weights. */
export async function trainToEnd(page: Page): Promise<string> {
  await page.getByLabel('Speed').selectOption('full');
  await page.getByRole('button', { name: /^\W*(Train|Train again|Go on|Try again)$/ }).click();
  return waitForHash(page);
}

export async function waitForHash(page: Page): Promise<string> {
  const digits = page.getByTestId('sha256');
  await digits.filter({ hasText: /^[0-9a-f]{64}$/ }).waitFor({ timeout: 45_000 });
  return (await digits.textContent())!;
}

/** A share that the page shows, such as 96.7 %. */
export const shareOf = async (page: Page, id: string): Promise<number> =>
  Number.parseFloat((await page.getByTestId(id).textContent())!) / 100;

/** A control of the settings, its group opened if need be. */
export async function setting(page: Page, group: string, label: string) {
  const details = page.locator('details.group').filter({ has: page.locator('.group-title', { hasText: group }) });
  if (!(await details.evaluate((element) => (element as HTMLDetailsElement).open)))
    await details.locator('summary').click();
  return details.getByLabel(label, { exact: true });
}

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** What axe-core finds, as lines; none if nothing. Evaluated by the debugger, so that the page's policy stays as it is. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axeSource, 'utf8'));
  const { violations } = await page.evaluate<AxeResult>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}
