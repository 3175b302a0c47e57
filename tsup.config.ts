import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';
import { markPurePlugin } from './scripts/mark-pure.js';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const OUT = 'dist';

/** The public subpaths. */
const ENTRIES = {
  index: 'bindings/index.ts',
  node: 'bindings/node.ts',
  report: 'bindings/report/index.ts',
  selection: 'bindings/selection/index.ts',
  terminal: 'bindings/terminal.ts',
  workers: 'bindings/executors/workers.ts',
};

/**
 * Modules that stay files of their own beside the ES modules, by the name by which sources import them: what a program does not
 * use is then left out by any bundler, and not loaded in a page without one.
 */
const APART: Readonly<Record<string, string>> = {
  'core-threads-binary.js': 'core.threads.js',
  'papaparse.js': 'papaparse.js',
};

/** Builds for hosts that forbid compiling bytes: the module in the place of inlined.ts, and how they import the core. */
const EDGES = [
  { name: 'index.workerd', core: 'workerd', wasm: './core.wasm' },
  { name: 'index.edge-light', core: 'edgeLight', wasm: './core.wasm?module' },
];

/** Cores that the package offers as files, for hosts that compile them ahead and for `init({ core })`. */
const CORES = { 'core.wasm': 'release', 'core.threads.wasm': 'threads', 'core.fast.wasm': 'fast' };

const WASM_DECLARATION = `/** The core, as hosts give it that compile .wasm files ahead. */
declare const core: WebAssembly.Module;
export default core;
`;

/** Leaves the modules of APART where they are. CommonJS has all in one file, but for the threads' core. */
const apart: Plugin = {
  name: 'apart',
  setup(build) {
    const isModule = build.initialOptions.format === 'esm';
    for (const [name, file] of Object.entries(APART)) {
      build.onResolve({ filter: new RegExp(`/${name.replaceAll('.', '\\.')}$`) }, ({ kind }) => {
        if (kind === 'entry-point' || (kind === 'import-statement' && !isModule)) return undefined;
        return { path: `./${file}`, external: true };
      });
    }
    // For streams of Node, which the library does not hand to the CSV parser.
    build.onResolve({ filter: /^stream$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Has the core imported as a compiled module. */
const importedCore = ({ core, wasm }: (typeof EDGES)[number]): Plugin => ({
  name: 'imported-core',
  setup(build) {
    build.onResolve({ filter: /packagedCore\/inlined\.js$/ }, () => ({
      path: `${process.cwd()}/bindings/runtime/packagedCore/${core}.ts`,
    }));
    build.onResolve({ filter: /^wasmgrad\/core\.wasm/ }, () => ({ path: wasm, external: true }));
  },
});

const common: Options = {
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'neutral',
  treeshake: true,
  plugins: [markPurePlugin],
  // Half the bytes are comments and blanks, which an engine reads at every start. Names stay, for those who read stack traces.
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
  },
};

const library: Options = {
  ...common,
  outDir: OUT,
  entry: ENTRIES,
  sourcemap: true,
  format: ['esm', 'cjs'],
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', types: ['node'] } },
  // `import.meta.url` for CommonJS.
  shims: true,
  esbuildPlugins: [apart],
  onSuccess: () => {
    for (const [name, target] of Object.entries(CORES)) {
      copyFileSync(`build/core.${target}.wasm`, `${OUT}/${name}`);
      writeFileSync(`${OUT}/${name}.d.ts`, WASM_DECLARATION);
    }
    // A worker's script as it stands: nothing is bundled into it.
    copyFileSync('bindings/runtime/thread.js', `${OUT}/thread.js`);
    copyFileSync('bindings/executors/taskWorker.js', `${OUT}/taskWorker.js`);
    return Promise.resolve();
  },
};

const filesApart: Options = {
  ...common,
  outDir: OUT,
  entry: { 'core.threads': 'build/core-threads-binary.js', papaparse: 'bindings/data/papaparse.ts' },
  format: 'esm',
  esbuildPlugins: [apart],
};

const edges = EDGES.map((edge): Options => ({
  ...common,
  outDir: OUT,
  entry: { [edge.name]: ENTRIES.index },
  format: 'esm',
  esbuildPlugins: [importedCore(edge), apart],
}));

// The builds below run beside one another, so none of them can be the one that clears the folder.
rmSync(OUT, { recursive: true, force: true });

export default defineConfig([library, filesApart, ...edges]);
