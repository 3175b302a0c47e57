// Fresh projects with the packed library in them, and the programs that run there.

import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const HERE = fileURLToPath(new URL('.', import.meta.url));
export const ROOT = join(HERE, '../..');

/** Packs dist/ as it is. Returns the path of the archive. */
export function pack(folder) {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  execFileSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}

/** An empty project in which the archive is installed, with the program of this test beside. */
export function makeProject(folder, archive) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "fresh", "private": true }\n');
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', archive], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  cpSync(join(HERE, 'program.mjs'), join(folder, 'program.mjs'));
}

/** Runs a file with this Node. Returns what it printed; anything on stderr, a warning too, is a failure. */
export async function runNode(file, { args = [], env = {} } = {}) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, file], {
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  if (stderr.trim()) throw new Error(stderr.trim());
  return stdout.trim();
}
