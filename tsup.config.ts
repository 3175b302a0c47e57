import { copyFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** Cores that the package offers as files, for hosts that compile them ahead and for `init({ core })`. */
const CORES = { 'core.wasm': 'release', 'core.threads.wasm': 'threads', 'core.fast.wasm': 'fast' };

export default defineConfig({
  entry: {
    index: 'bindings/index.ts',
    node: 'bindings/node.ts',
    report: 'bindings/report/index.ts',
    terminal: 'bindings/terminal.ts',
  },
  tsconfig: 'tsconfig.build.json',
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  treeshake: true,
  clean: true,
  // Half the bytes are comments and blanks, which an engine reads at every start. Names stay, for those who read stack traces.
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
  },
  // `import.meta.url` for CommonJS.
  shims: true,
  onSuccess: () => {
    for (const [name, target] of Object.entries(CORES)) copyFileSync(`build/core.${target}.wasm`, `dist/${name}`);
    // A worker's script as it stands: nothing is bundled into it.
    copyFileSync('bindings/runtime/thread.js', 'dist/thread.js');
    return Promise.resolve();
  },
});
