// Browsers, driven by puppeteer-core over WebDriver BiDi or the DevTools protocol: each run has a page of its own, under a strict
// content security policy.

import { existsSync } from 'node:fs';
import { bundleHosts } from '../bundle.js';
import type { ProgramPage } from '../hosts/page.js';
import { debianNeed, givenNeed, packageNeed, type Need } from '../install.js';
import type { HostVersion, Outcome, Task } from '../outcome.js';
import { ONE_AND_TWO, type Engine, type Platform } from '../platform.js';
import { servePage } from '../server.js';

const PUPPETEER: string = 'puppeteer-core';
const LIMIT_MILLISECONDS = 120_000;

/** What is used of puppeteer-core. Declared here so that this compiles without it. */
interface Puppeteer {
  launch(options: LaunchOptions): Promise<Browser>;
}

interface LaunchOptions {
  browser: 'chrome' | 'firefox';
  executablePath: string;
  headless: boolean;
  args: readonly string[];
  protocolTimeout: number;
}

interface Browser {
  version(): Promise<string>;
  newPage(): Promise<Page>;
  /** Of the DevTools protocol alone. */
  target(): { createCDPSession(): Promise<{ send(name: 'Browser.getVersion'): Promise<{ jsVersion: string }> }> };
  close(): Promise<void>;
}

interface Page {
  /** Settles when the page has loaded, and with it its modules. */
  goto(url: string): Promise<unknown>;
  evaluate<T, R>(called: (given: T) => R | Promise<R>, given: T): Promise<R>;
  close(): Promise<void>;
}

export interface BrowserProduct {
  name: 'chromium' | 'firefox';
  engine: Engine;
  /** Where Debian and Ubuntu put it, unless the variable CHROMIUM_PATH or FIREFOX_PATH says otherwise. */
  paths: readonly string[];
  debianPackage: string;
  launch: Pick<LaunchOptions, 'browser' | 'args'>;
  /** The version of its engine, if that is another than its own. */
  engineVersion?(browser: Browser): Promise<string>;
}

const variableOf = ({ name }: BrowserProduct): string => `${name.toUpperCase()}_PATH`;

function findBrowser(product: BrowserProduct): string | undefined {
  const given = process.env[variableOf(product)];
  return (given === undefined ? product.paths : [given]).find((path) => existsSync(path));
}

function browserNeed(product: BrowserProduct): Need {
  const variable = variableOf(product);
  const isThere = () => findBrowser(product) !== undefined;
  if (process.env[variable] !== undefined) return givenNeed(variable, isThere);
  return debianNeed(product.paths.join(' or '), isThere, product.debianPackage);
}

async function launch(product: BrowserProduct): Promise<Browser> {
  const puppeteer = (await import(PUPPETEER)) as { default: Puppeteer };
  return puppeteer.default.launch({
    ...product.launch,
    executablePath: findBrowser(product)!,
    headless: true,
    protocolTimeout: LIMIT_MILLISECONDS,
  });
}

/** `Browser.version()` is Chrome/150.0.7871.100, HeadlessChrome/... or firefox/140.12.0. */
async function versionOf(product: BrowserProduct, browser: Browser): Promise<HostVersion> {
  const version = (await browser.version()).replace(/^.*\//, '');
  const engine = await product.engineVersion?.(browser);
  return { version, ...(engine !== undefined && { engine }) };
}

/** The ways to train in a browser. */
const WAYS = {
  page: { where: 'runHere', isIsolated: true, threads: ONE_AND_TWO },
  worker: { where: 'runInWorker', isIsolated: true, threads: ONE_AND_TWO },
  /** Asked for two threads it says why there is one, and trains. */
  'page, not isolated': { where: 'runHere', isIsolated: false, threads: [{ asked: 2, granted: 1 }] },
} as const;

export const browserPlatforms = (product: BrowserProduct): Platform[] =>
  Object.entries(WAYS).map(([way, { where, isIsolated, threads }]) => ({
    name: `${product.name} ${way}`,
    engine: product.engine,
    threads,
    needs: [packageNeed(PUPPETEER), browserNeed(product)],
    async start() {
      const bundle = await bundleHosts(['page', 'worker'], 'modules');
      const server = await servePage(bundle.folder, isIsolated);
      const browser = await launch(product);
      const version = await versionOf(product, browser);
      return {
        version: () => version,
        run: (task) => runInPage(browser, server.url, where, task),
        async close() {
          await browser.close();
          server.close();
          await bundle.remove();
        },
      };
    },
  }));

async function runInPage(browser: Browser, url: string, where: keyof ProgramPage, task: Task): Promise<Outcome> {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    return await page.evaluate(
      (given) => (globalThis as unknown as { page: ProgramPage }).page[given.where](given.task),
      { where, task },
    );
  } finally {
    await page.close();
  }
}
