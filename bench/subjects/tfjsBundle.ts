// Node resolves TensorFlow.js to CommonJS builds; applications get the ES modules. Those can't be imported by Node directly, so
// esbuild bundles them first, as an application would.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));

/** Writes a bundle of the core, its gradients and the backends, and returns its path. */
export async function bundleTfjs(name: string, backends: readonly ('cpu' | 'wasm')[]): Promise<string> {
  const { build } = await import('esbuild');
  const folder = join(BENCH, 'node_modules', '.cache');
  const outfile = join(folder, name);
  await mkdir(folder, { recursive: true });
  await build({
    stdin: {
      contents: `
        export * from '@tensorflow/tfjs-core';
        import '@tensorflow/tfjs-core/dist/register_all_gradients';
        ${backends.map((backend) => `export * from '@tensorflow/tfjs-backend-${backend}';`).join('\n')}`,
      resolveDir: BENCH,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: {
      // For Emscripten's glue, which takes Node to be CommonJS.
      js: `import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`,
    },
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'error',
  });
  return outfile;
}
