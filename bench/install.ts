// The peers and the engines have a package.json of their own, so that the library's stays small: installed when first needed.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** What bench/package.json names: the peers, or the nodes of `--engine` too. */
export function installPackages(what: 'peers' | 'all'): void {
  const command = what === 'all' ? ['ci'] : ['ci', '--omit=dev'];
  console.log(`a part of bench/node_modules is missing: running npm ${command.join(' ')} there, once`);
  try {
    execFileSync('npm', command, { cwd: FOLDER, stdio: 'inherit' });
  } catch (error) {
    console.error(`npm could not install ${what === 'all' ? 'the engines' : 'the peers'}: ${String(error)}`);
  }
}

/** Peers that are missing have no figures, and rows that say so. */
export function installPeers(): void {
  if (!existsSync(`${FOLDER}node_modules`)) installPackages('peers');
}
