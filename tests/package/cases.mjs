// Each way that a project may load the library: how it is built, and where it runs.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runInPage } from './page.mjs';
import { ROOT, runNode } from './project.mjs';

/** esbuild as tsup has it, for the short form, which installs nothing. */
const fromTsup = createRequire(createRequire(join(ROOT, 'package.json')).resolve('tsup'));
const esbuild = fromTsup('esbuild');

const bundle = (folder, options) =>
  esbuild.build({ absWorkingDir: folder, entryPoints: ['program.mjs'], bundle: true, logLevel: 'error', ...options });

/** Run from the sources, whose weights all others must have. */
export async function fromSources(folder) {
  const outfile = join(folder, 'sources.mjs');
  const alias = { wasmgrad: join(ROOT, 'bindings/index.ts') };
  const entryPoints = [join(ROOT, 'tests/package/program.mjs')];
  await bundle(ROOT, { entryPoints, alias, outfile, platform: 'node', format: 'esm', external: ['papaparse'] });
  return runNode(outfile);
}

/** A program as CommonJS. */
function writeCommonJs(folder, name = 'program') {
  const source = readFileSync(join(folder, `${name}.mjs`), 'utf8');
  const required = source.replace(/import (\{[^}]*\}) from ('[^']*');/g, 'const $1 = require($2);');
  writeFileSync(join(folder, `${name}.cjs`), required.replace(/^export /gm, ''));
  return join(folder, `${name}.cjs`);
}

/** The program with its model in a worker. */
const IN_WORKER = [
  ['import {', "import { spawn } from 'wasmgrad/worker';\nimport {"],
  ['if (THREADS) await init({ threads: Number(THREADS) });', 'await init();'],
  ['await model.fit(', 'await there.fit('],
  ['const history =', 'const there = await spawn(model, { threads: Number(THREADS ?? 1) });\n  const history ='],
  ['model.parameters()', 'await there.parameters()'],
  ['model.dispose()', 'there.terminate()'],
];

/** Returns its name. */
function writeInWorker(folder) {
  let source = readFileSync(join(folder, 'program.mjs'), 'utf8');
  for (const [plain, changed] of IN_WORKER) {
    if (!source.includes(plain)) throw new Error(`program.mjs has no '${plain}' any more: change IN_WORKER`);
    source = source.replace(plain, changed);
  }
  writeFileSync(join(folder, 'in-worker.mjs'), source);
  return 'in-worker';
}

/** The program as a task of `wasmgrad/workers`, in a script of the page's own. */
const SEARCHING = `
import { workers } from 'wasmgrad/workers';
const executor = workers({ worker: () => new Worker(new URL('./tasks.mjs', import.meta.url), { type: 'module' }) });
const run = { module: 'tasks', name: 'train' };
const report = (text) => fetch('/report', { method: 'POST', body: text });
executor.run({ run, payload: null, seed: 1 }).then(report, (error) => report(error.message)).finally(() => executor.close());
`;

/** The same by the package's script, which imports the task by its address: where there is no bundler. */
const SEARCHING_BY_ADDRESS = SEARCHING.replace(/\{ worker: .* \}(?=\);)/, '').replace(
  "module: 'tasks'",
  "module: new URL('./task.mjs', import.meta.url)",
);

/** Returns its name. */
function writeAsTask(folder) {
  const source = readFileSync(join(folder, 'program.mjs'), 'utf8');
  const task = source.replace(/^train\(\)\.then\(.*$/m, '');
  if (task === source) throw new Error('program.mjs does not call train() any more: change writeAsTask');
  // An import map does not hold in workers.
  writeFileSync(join(folder, 'task.mjs'), task.replace("'wasmgrad'", `'${IMPORTS.wasmgrad}'`));
  const exposed = "import { exposeTasks } from 'wasmgrad/web-task-worker';\n";
  writeFileSync(join(folder, 'tasks.mjs'), `${exposed}${task}\nexposeTasks({ train });\n`);
  writeFileSync(join(folder, 'by-address.mjs'), SEARCHING_BY_ADDRESS);
  writeFileSync(join(folder, 'as-task.mjs'), SEARCHING);
  return 'as-task';
}

/** Hosts that give the core as a compiled module and forbid to compile bytes. */
const EDGE_HOST = `
import { readFileSync } from 'node:fs';
const core = new WebAssembly.Module(readFileSync('node_modules/wasmgrad/dist/core.wasm'));
globalThis.coreModule = core;
globalThis.self = globalThis;
const forbidden = () => { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder'); };
WebAssembly.compile = forbidden;
WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: forbidden });
process.chdir('/');
await import(process.env.BUNDLE);
`;

async function runOnEdge(folder, file) {
  writeFileSync(join(folder, 'host.mjs'), EDGE_HOST.replace('node_modules', join(folder, 'node_modules')));
  const bytes = readFileSync(file).length;
  if (bytes > 600_000) throw new Error(`the bundle has ${bytes} bytes: is the core inlined in it?`);
  return runNode(join(folder, 'host.mjs'), {
    args: ['--disallow-code-generation-from-strings'],
    env: { BUNDLE: file },
  });
}

/** Cloudflare's bundler is esbuild with these conditions; it leaves .wasm files to the host. */
async function bundleForWorkerd(folder, outfile) {
  const hostGivesModule = {
    name: 'wasm',
    setup(build) {
      build.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, namespace: 'wasm' }));
      build.onLoad({ filter: /.*/, namespace: 'wasm' }, () => ({
        contents: 'export default globalThis.coreModule;',
      }));
    },
  };
  const conditions = ['workerd', 'worker', 'browser'];
  await bundle(folder, { outfile, format: 'esm', conditions, plugins: [hostGivesModule] });
}

/** For pages without a bundler. */
const IMPORTS = {
  wasmgrad: '/node_modules/wasmgrad/dist/index.js',
  'wasmgrad/worker': '/node_modules/wasmgrad/dist/worker.js',
  'wasmgrad/workers': '/node_modules/wasmgrad/dist/web-workers.js',
};

/** One entry a case: `short` ones need nothing but what the library's own build has. */
export const CASES = [
  { name: 'Node, ES modules', isShort: true, run: (folder) => runNode(join(folder, 'program.mjs')) },
  { name: 'Node, CommonJS', isShort: true, run: (folder) => runNode(writeCommonJs(folder)) },
  {
    name: 'Node, ES modules, two threads',
    isShort: true,
    run: (folder) => runNode(join(folder, 'program.mjs'), { env: { THREADS: '2' } }),
  },
  {
    name: 'Node, CommonJS, two threads',
    isShort: true,
    run: (folder) => runNode(writeCommonJs(folder), { env: { THREADS: '2' } }),
  },
  {
    name: 'Node, ES modules, in a worker',
    isShort: true,
    run: (folder) => runNode(join(folder, `${writeInWorker(folder)}.mjs`)),
  },
  {
    name: 'Node, CommonJS, in a worker with two threads',
    isShort: true,
    run: (folder) => runNode(writeCommonJs(folder, writeInWorker(folder)), { env: { THREADS: '2' } }),
  },
  {
    name: 'esbuild for browsers, one file',
    isShort: true,
    async run(folder) {
      await bundle(folder, { outfile: join(folder, 'esbuild.mjs'), format: 'esm', minify: true });
      return runNode(join(folder, 'esbuild.mjs'));
    },
  },
  {
    name: 'esbuild for Node, CommonJS',
    isShort: true,
    async run(folder) {
      await bundle(folder, { outfile: join(folder, 'esbuild.cjs'), platform: 'node' });
      return runNode(join(folder, 'esbuild.cjs'));
    },
  },
  {
    name: 'workerd: the core imported',
    isShort: true,
    async run(folder) {
      await bundleForWorkerd(folder, join(folder, 'workerd.mjs'));
      return runOnEdge(folder, join(folder, 'workerd.mjs'));
    },
  },
  {
    name: 'Rollup, ES modules',
    async run(folder) {
      const [{ rollup }, { nodeResolve }] = await Promise.all([
        import('rollup'),
        import('@rollup/plugin-node-resolve'),
      ]);
      const built = await rollup({ input: join(folder, 'program.mjs'), plugins: [nodeResolve()] });
      await built.write({ dir: join(folder, 'rollup'), entryFileNames: '[name].mjs' });
      return runNode(join(folder, 'rollup/program.mjs'));
    },
  },
  {
    name: 'webpack for Node',
    run: async (folder) => runNode(join(await webpackTo(folder, 'webpack-node', { target: 'node' }), 'main.js')),
  },
  {
    name: 'webpack in Chromium',
    needsPage: true,
    run: async (folder) => runInPage(await webpackTo(folder, 'webpack', {}), 'main.js'),
  },
  {
    name: 'webpack in Chromium, in a worker',
    needsPage: true,
    async run(folder) {
      const entry = `./${writeInWorker(folder)}.mjs`;
      return runInPage(await webpackTo(folder, 'webpack-worker', { entry }), 'main.js');
    },
  },
  {
    name: 'webpack in Chromium, as a task of workers',
    needsPage: true,
    async run(folder) {
      const entry = `./${writeAsTask(folder)}.mjs`;
      return runInPage(await webpackTo(folder, 'webpack-task', { entry }), 'main.js');
    },
  },
  {
    name: "edge-light: webpack with Next's conditions",
    async run(folder) {
      const out = await webpackTo(folder, 'webpack-edge', {
        target: 'webworker',
        output: { path: join(folder, 'webpack-edge'), publicPath: '/_next/' },
        resolve: { conditionNames: ['edge-light', 'worker', 'import', 'module', 'default'] },
        externals: [
          ({ request }, done) => (/\.wasm\?module$/.test(request) ? done(null, 'var globalThis.coreModule') : done()),
        ],
      });
      return runOnEdge(folder, join(out, 'main.js'));
    },
  },
  {
    name: 'Vite in Chromium',
    needsPage: true,
    run: async (folder) => runInPage(await viteTo(folder, 'vite', 'program')),
  },
  {
    name: 'Vite in Chromium, in a worker',
    needsPage: true,
    run: async (folder) => runInPage(await viteTo(folder, 'vite-worker', writeInWorker(folder))),
  },
  {
    name: 'Vite in Chromium, as a task of workers',
    needsPage: true,
    run: async (folder) => runInPage(await viteTo(folder, 'vite-task', writeAsTask(folder))),
  },
  {
    name: 'a page in Chromium, no bundler',
    needsPage: true,
    run: (folder) => runInPage(folder, 'program.mjs', IMPORTS),
  },
  {
    name: 'a page in Chromium, no bundler, in a worker',
    needsPage: true,
    run: (folder) => runInPage(folder, `${writeInWorker(folder)}.mjs`, IMPORTS),
  },
  {
    name: 'a page in Chromium, no bundler, as a task of workers by its address',
    needsPage: true,
    async run(folder) {
      writeAsTask(folder);
      return runInPage(folder, 'by-address.mjs', IMPORTS);
    },
  },
];

/** Returns the folder of the bundle. */
async function viteTo(folder, outDir, program) {
  const { build } = await import('vite');
  const script = `<script type="module" src="/${program}.mjs"></script>`;
  writeFileSync(join(folder, 'index.html'), `<!doctype html>${script}`);
  await build({ root: folder, logLevel: 'error', build: { outDir } });
  return join(folder, outDir);
}

/** Returns the folder of the bundle. */
async function webpackTo(folder, name, options) {
  const { default: webpack } = await import('webpack');
  const path = join(folder, name);
  const stats = await new Promise((resolve, reject) => {
    const common = { mode: 'production', context: folder, entry: './program.mjs', output: { path } };
    // Hints about sizes are not about this package.
    const config = { ...common, performance: { hints: false }, ...options };
    webpack(config, (error, result) => (error ? reject(error) : resolve(result)));
  });
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  if (stats.hasWarnings()) throw new Error(stats.toString({ all: false, warnings: true }));
  return path;
}
