// npm run test:package [-- --short]: packs the library, installs it into a fresh project, and trains the same net there each way
// that projects load libraries. The weights must have the bits of those that the sources train.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASES, fromSources } from './cases.mjs';
import { hasChromium } from './page.mjs';
import { HERE, makeProject, pack, ROOT } from './project.mjs';
import { checkSubpaths } from './subpaths.mjs';

const isShort = process.argv.includes('--short');
if (!existsSync(join(ROOT, 'dist/index.js'))) fail('There is no dist/: run npm run build first.');
if (!isShort && !existsSync(join(HERE, 'node_modules'))) {
  console.log('tests/package/node_modules is missing: running npm ci there, once');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: HERE, stdio: 'inherit' });
}

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-package-'));
let failures = 0;
try {
  const archive = pack(folder);
  const project = join(folder, 'project');
  makeProject(project, archive);
  const expected = await fromSources(folder);
  if (!/^[0-9a-f]{64} learned$/.test(expected)) fail(`From the sources: ${expected}`);
  console.log(`     the sources: ${expected}`);
  await report('subpaths', () => checkSubpaths(project));
  for (const { name, needsPage, run } of CASES.filter((entry) => entry.isShort || !isShort)) {
    if (needsPage && !hasChromium) {
      failures++;
      console.log(`MISS ${name}: there is no Chromium; install it, or name one in CHROMIUM`);
    } else {
      await report(name, async () => {
        const got = await run(project);
        if (got !== expected) throw new Error(`expected the weights of the sources, got ${got}`);
      });
    }
  }
} finally {
  // A browser's last processes may still write.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
}
if (failures > 0) fail(`${failures} failed`);
console.log('All have the same weights.');

async function report(name, body) {
  const start = performance.now();
  try {
    await body();
    console.log(`ok   ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures++;
    console.log(`FAIL ${name}: ${error.stderr || error.message}`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
