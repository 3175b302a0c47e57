import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';
import { leaveImportsPlugin } from './scripts/leave-imports.js';
import { markPurePlugin } from './scripts/mark-pure.js';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const OUT = 'dist';

/** The public subpaths. */
const ENTRIES = {
  bullmq: 'bindings/executors/bullmq.ts',
  distributed: 'bindings/distributed/index.ts',
  index: 'bindings/index.ts',
  inference: 'bindings/inference/index.ts',
  'local-sgd-task': 'bindings/distributed/localSgdTask.ts',
  node: 'bindings/node.ts',
  onnx: 'bindings/formats/onnx/index.ts',
  report: 'bindings/report/index.ts',
  selection: 'bindings/selection/index.ts',
  terminal: 'bindings/terminal.ts',
  worker: 'bindings/worker/index.ts',
  tfjs: 'bindings/formats/tfjs/index.ts',
  torch: 'bindings/formats/torch/index.ts',
  training: 'bindings/training/index.ts',
  'web-workers': 'bindings/executors/webWorkers.ts',
  workers: 'bindings/executors/workers.ts',
};

/** Scripts of workers that scripts of users import as well. */
const SCRIPTS = {
  'web-task-worker': 'bindings/executors/webTaskWorker.ts',
};

/**
 * Modules that stay files of their own beside the ES modules, by the name by which sources import them: what a program does not
 * use is then left out by any bundler, and not loaded in a page without one.
 */
const APART: Readonly<Record<string, string>> = {
  'core-threads-binary.js': 'core.threads.js',
  'papaparse.js': 'papaparse.js',
  'sha256.js': 'sha256.js',
};

/** Builds for hosts that forbid compiling bytes: the module in the place of inlined.ts, and how they import the core. */
const EDGES = [
  { host: 'workerd', cores: { inlined: 'workerd', inferenceInlined: 'inferenceWorkerd' }, query: '' },
  { host: 'edge-light', cores: { inlined: 'edgeLight', inferenceInlined: 'inferenceEdgeLight' }, query: '?module' },
];

/** The exports of bindings/commonJs.ts: in CommonJS, which has no chunks, entries that share classes take their names out of one file. */
const COMMON_JS = ['distributed', 'index', 'onnx', 'selection', 'tfjs', 'torch', 'training', 'worker'] as const;

/** The subpaths that bring the core, and so have builds for those hosts. */
const WITH_CORE = ['index', 'inference', 'training'] as const;

/** Cores that the package offers as files, for hosts that compile them ahead and for `init({ core })`. */
const CORES = {
  'core.wasm': 'release',
  'core.inference.wasm': 'inference',
  'core.threads.wasm': 'threads',
  'core.fast.wasm': 'fast',
};

/** What is bundled into the package, each under the licence that it brings. */
const BORROWED = ['@noble/hashes', 'papaparse'];
const licenseOf = (name: string): string =>
  `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`;

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
  },
};

/** For streams of Node, which the library does not hand to the CSV parser. */
const withoutStreams: Plugin = {
  name: 'without-streams',
  setup(build) {
    build.onResolve({ filter: /^stream$/ }, ({ path }) => ({ path, namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Has the core imported as a compiled module. */
const importedCore = ({ cores, query }: (typeof EDGES)[number]): Plugin => ({
  name: 'imported-core',
  setup(build) {
    for (const [inlined, imported] of Object.entries(cores)) {
      build.onResolve({ filter: new RegExp(`packagedCore/${inlined}\\.js$`) }, () => ({
        path: `${process.cwd()}/bindings/runtime/packagedCore/${imported}.ts`,
      }));
    }
    build.onResolve({ filter: /^wasmgrad\/core\./ }, ({ path }) => ({
      path: `./${path.slice('wasmgrad/'.length).split('?')[0]}${query}`,
      external: true,
    }));
  },
});

const common: Options = {
  tsconfig: 'tsconfig.build.json',
  target: 'es2022',
  platform: 'neutral',
  treeshake: true,
  plugins: [markPurePlugin, leaveImportsPlugin],
  // Half the bytes are comments and blanks, which an engine reads at every start. Names stay, for those who read stack traces.
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
  },
};

/** Declarations of all entries. tsup sets `baseUrl`, which TypeScript 6 calls deprecated. */
const dts = { entry: { ...ENTRIES, ...SCRIPTS }, compilerOptions: { ignoreDeprecations: '6.0', types: ['node'] } };

const library: Options = {
  ...common,
  outDir: OUT,
  entry: ENTRIES,
  sourcemap: true,
  format: 'esm',
  dts,
  esbuildPlugins: [apart, withoutStreams],
  onSuccess: () => {
    for (const [name, target] of Object.entries(CORES)) {
      copyFileSync(`build/core.${target}.wasm`, `${OUT}/${name}`);
      writeFileSync(`${OUT}/${name}.d.ts`, WASM_DECLARATION);
    }
    writeFileSync(`${OUT}/THIRD_PARTY_LICENSES.txt`, BORROWED.map(licenseOf).join('\n\n'));
    // A worker's script as it stands: nothing is bundled into it.
    copyFileSync('bindings/runtime/thread.js', `${OUT}/thread.js`);
    copyFileSync('bindings/executors/taskWorker.js', `${OUT}/taskWorker.js`);
    return Promise.resolve();
  },
};

const commonJs: Options = {
  ...common,
  outDir: OUT,
  entry: {
    library: 'bindings/commonJs.ts',
    ...SCRIPTS,
    ...Object.fromEntries(Object.entries(ENTRIES).filter(([name]) => !COMMON_JS.some((shared) => shared === name))),
  },
  sourcemap: true,
  format: 'cjs',
  dts,
  // `import.meta.url` for CommonJS.
  shims: true,
  esbuildPlugins: [apart, withoutStreams],
  onSuccess: () => {
    for (const name of COMMON_JS) {
      writeFileSync(`${OUT}/${name}.cjs`, `'use strict';\nmodule.exports = require('./library.cjs').${name};\n`);
    }
    return Promise.resolve();
  },
};

/** A worker's script is one file that loads no other: bundlers take it as it is, whatever format they give workers. */
const withoutThreadsCore: Plugin = {
  name: 'without-threads-core',
  setup(build) {
    build.onLoad({ filter: /packagedCore\/inlined\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(
        /export const packagedThreadsCore[^]*/,
        'export const packagedThreadsCore = undefined;',
      ),
    }));
  },
};

const workerScripts: Options = {
  ...common,
  outDir: OUT,
  entry: { 'worker-host': 'bindings/worker/worker-host.ts', ...SCRIPTS },
  format: 'esm',
  splitting: false,
  esbuildPlugins: [withoutThreadsCore, withoutStreams],
};

/** The command of the package. */
const commands: Options = {
  ...common,
  outDir: OUT,
  entry: { 'worker-command': 'bindings/executors/workerCommand.ts' },
  format: 'esm',
  platform: 'node',
  external: ['bullmq', 'ioredis', 'piscina'],
};

const filesApart: Options = {
  ...common,
  outDir: OUT,
  entry: {
    'core.threads': 'build/core-threads-binary.js',
    papaparse: 'bindings/data/papaparse.ts',
    sha256: 'bindings/formats/sha256.ts',
  },
  format: 'esm',
  // Each is loaded by itself.
  splitting: false,
  esbuildPlugins: [apart, withoutStreams],
};

const edges = EDGES.map((edge): Options => ({
  ...common,
  outDir: OUT,
  entry: Object.fromEntries(WITH_CORE.map((entry) => [`${entry}.${edge.host}`, ENTRIES[entry]])),
  format: 'esm',
  esbuildPlugins: [importedCore(edge), apart, withoutStreams],
}));

// The builds below run beside one another, so none of them can be the one that clears the folder.
rmSync(OUT, { recursive: true, force: true });

export default defineConfig([library, commonJs, workerScripts, commands, filesApart, ...edges]);
