// Builds the page and serves it on a free port of this machine; with --build only builds.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeDigits } from './digits.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Whether every package that package.json names lies there in that version. */
function isInstalled() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
  return Object.entries({ ...dependencies, ...devDependencies }).every(([name, version]) => {
    const manifest = `${folder}node_modules/${name}/package.json`;
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}

if (!isInstalled()) {
  console.log('installing the packages of the page');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}
writeDigits();

const { build, preview } = await import('vite');
const configFile = `${folder}vite.config.mjs`;
await build({ configFile, logLevel: 'warn' });
console.log('built: build/playground');

if (!process.argv.includes('--build')) {
  // From this port on, the first that is free.
  const server = await preview({ configFile, preview: { port: 4173 } });
  console.log(`\nplayground: ${server.resolvedUrls.local[0]}\n(Ctrl+C ends it)`);
}
