// The built package, which processes of the bench import as programs do.

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Builds the package if it is missing or older than what it is built of. */
export function buildPackage(): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const timeOf = (path: string) => statSync(root + path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(`${root}bindings`, { recursive: true, encoding: 'utf8' }).map(
    (name) => `bindings/${name}`,
  );
  const newest = Math.max(
    ...[...sources, 'build/core-binary.js', 'build/core-threads-binary.js', 'tsup.config.ts'].map(timeOf),
  );
  if (timeOf('dist/index.js') >= newest) return;
  console.log('dist/ is missing or older than its sources: running npm run build');
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' });
}
