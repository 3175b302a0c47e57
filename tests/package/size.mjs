// npm run test:size: the gzip size of programs that are bundled from the package, the core with them.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeProject, pack, ROOT } from './project.mjs';

/** Bytes that a program may have. docs/size.md says what they are, and what the aims are. */
const PROGRAMS = {
  'an MLP trained on MNIST': {
    limit: 113_000,
    source: `import { adam, dense, dropout, sequential } from 'wasmgrad';
      const layers = [dense(512, { activation: 'relu', inputShape: [784] }), dropout(0.2), dense(10)];
      const model = sequential(layers, { seed: 1 });
      model.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
      await model.fit(globalThis.x, globalThis.y, { epochs: 5 });`,
  },
  'its predictions, by the layers': {
    limit: 113_000,
    source: `import { dense, sequential } from 'wasmgrad';
      const model = sequential([dense(512, { activation: 'relu', inputShape: [784] }), dense(10)]);
      model.setParameters(globalThis.parameters);
      console.log(model.predictSync(globalThis.x));`,
  },
  'its predictions, compiled ahead': {
    limit: 40_000,
    source: `import { loadInferenceProgram } from 'wasmgrad/inference';
      const program = await loadInferenceProgram(globalThis.bytes);
      console.log(program.predict(globalThis.x));`,
  },
};

const fromTsup = createRequire(createRequire(join(ROOT, 'package.json')).resolve('tsup'));
const esbuild = fromTsup('esbuild');

if (!existsSync(join(ROOT, 'dist/index.js'))) {
  console.error('There is no dist/: run npm run build first.');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-size-'));
try {
  const project = join(folder, 'project');
  makeProject(project, pack(folder));
  for (const [name, { limit, source }] of Object.entries(PROGRAMS)) await check(project, name, limit, source);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check(project, name, limit, source) {
  writeFileSync(join(project, 'sized.mjs'), source);
  const { outputFiles } = await esbuild.build({
    ...{ absWorkingDir: project, entryPoints: ['sized.mjs'], outdir: 'sized', write: false },
    // Chunks that are loaded only if asked for (the core for threads) do not count.
    ...{ bundle: true, minify: true, format: 'esm', splitting: true },
  });
  const { contents } = outputFiles.find(({ path }) => path.endsWith('sized.js'));
  const bytes = gzipSync(contents, { level: 9 }).length;
  const isGood = bytes <= limit;
  if (!isGood) process.exitCode = 1;
  console.log(`${isGood ? 'ok  ' : 'FAIL'} ${name}: ${bytes} bytes gzip, at most ${limit}`);
}
