// A page in Chromium that is served a folder and reports what it computed.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = existsSync(CHROMIUM);

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** No code from strings, no other host: what a strict page allows. The page's import map is the one inline script. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'";

const pageOf = (script, imports) =>
  `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>` +
  `<script type="module" src="/${script}"></script>`;

/** What the page posts to /report; its own index.html, or one with the script and the import map. Leaves its profile beside `folder`. */
export async function runInPage(folder, script, imports = {}) {
  let report;
  const reported = new Promise((resolve) => (report = resolve));
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => (response.end(), report(body)));
      return;
    }
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const file = join(folder, path === '/' ? 'index.html' : path);
    const isPage = path === '/' && script !== undefined;
    if (!isPage && !existsSync(file)) return response.writeHead(404).end();
    response.setHeader('Content-Type', TYPES[isPage ? '.html' : extname(file)] ?? 'application/octet-stream');
    response.setHeader('Content-Security-Policy', POLICY);
    response.end(isPage ? pageOf(script, imports) : readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(folder, '../profile-'));
  const url = `http://localhost:${server.address().port}/`;
  const browser = spawn(CHROMIUM, ['--headless', ...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
  });
  const timer = setTimeout(() => report('the page reported nothing in 90 seconds'), 90_000);
  try {
    return await reported;
  } finally {
    clearTimeout(timer);
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    browser.kill();
    await ended;
    server.close();
    server.closeAllConnections();
  }
}
