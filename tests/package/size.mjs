// What npm run test:size measures: the programs of sized/, bundled from the package, the core with them. Chunks that are loaded
// only if asked for (the core for threads) lie apart and do not count. Limits are in .size-limit.json; docs/size.md says what the
// bytes are.

import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeProject, pack, ROOT } from './project.mjs';

const fromTsup = createRequire(createRequire(join(ROOT, 'package.json')).resolve('tsup'));
const esbuild = fromTsup('esbuild');

if (!existsSync(join(ROOT, 'dist/index.js'))) {
  console.error('There is no dist/: run npm run build first.');
  process.exit(1);
}
const { default: limits } = await import('../../.size-limit.json', { with: { type: 'json' } });
const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-size-'));
try {
  const project = join(folder, 'project');
  makeProject(project, pack(folder));
  cpSync(join(ROOT, 'tests/package/sized'), join(project, 'sized'), { recursive: true });
  rmSync(join(ROOT, 'build/sized'), { recursive: true, force: true });
  for (const { path } of limits) await bundle(project, `sized/${basename(path, '.js')}.mjs`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One at a time: a chunk that programs share would be outside of each. */
async function bundle(project, program) {
  await esbuild.build({
    ...{ absWorkingDir: project, entryPoints: [program], outdir: join(ROOT, 'build/sized') },
    ...{ bundle: true, minify: true, format: 'esm', splitting: true },
  });
}
