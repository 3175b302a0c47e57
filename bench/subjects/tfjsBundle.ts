// Node resolves the packages of TensorFlow.js to CommonJS builds; applications get the ES modules. Those can't be imported by
// Node directly, nor by a page, so esbuild bundles core and both backends first, as an application would.

import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Tfjs } from './tfjs.js';

const BENCH = fileURLToPath(new URL('..', import.meta.url));

/** The bundle, and the folder of the modules that its wasm backend fetches. */
export async function importBundle(): Promise<{ tf: Tfjs; wasmFolder: string }> {
  const file = await bundleTfjs('node');
  return { tf: (await import(pathToFileURL(file).href)) as Tfjs, wasmFolder: tfjsWasmFolder() };
}

export function tfjsWasmFolder(): string {
  const { resolve } = createRequire(import.meta.url);
  return `${dirname(resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'))}/`;
}

/** Writes a bundle of the core, its gradients and the backends; returns its path. */
export async function bundleTfjs(
  platform: 'node' | 'browser',
  backends: readonly ('cpu' | 'wasm')[] = ['cpu', 'wasm'],
): Promise<string> {
  const { build } = await import('esbuild');
  const folder = join(BENCH, 'node_modules', '.cache');
  const outfile = join(folder, `tfjs.${backends.join('.')}.${platform}.mjs`);
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
    platform,
    mainFields: ['module', 'main'],
    ...(platform === 'node' ? FOR_NODE : {}),
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'error',
  });
  return outfile;
}

/** Emscripten's glue takes Node to be CommonJS. */
const FOR_NODE = {
  target: 'node20',
  banner: {
    js: `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`,
  },
};
