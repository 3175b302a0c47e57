// Compiles the core. Arguments are targets of asconfig.json, all of them if none is given; a target whose output is newer than
// every source is left alone. Binaries that the bindings inline are also written as modules with a string. The extra target
// `types` writes only the declarations of those modules, for tools that read types and run nothing.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Modules that hold the binary of a target. */
const BINARY_MODULES = {
  release: 'build/core-binary.js',
  threads: 'build/core-threads-binary.js',
  inference: 'build/core-inference-binary.js',
};
/** Faces of targets that export more than the others. */
const ENTRIES = { threads: 'assembly/threads.ts' };
/** Sources in whose place a target has another. */
const REPLACED = { inference: { 'assembly/dispatch.ts': 'assembly/inferenceDispatch.ts' } };

process.chdir(new URL('..', import.meta.url).pathname);
const { targets } = JSON.parse(readFileSync('asconfig.json', 'utf8'));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(targets);

for (const name of Object.values(BINARY_MODULES)) {
  writeIfChanged(name.replace(/js$/, 'd.ts'), 'export declare const coreHex: string;\n');
}
for (const target of wanted) {
  if (target === 'types') continue;
  if (!targets[target]) fail(`build-core: no target '${target}'. Known: ${Object.keys(targets).join(', ')}, types.`);
  await build(target);
}

async function build(target) {
  const { outFile } = targets[target];
  const binaryModule = BINARY_MODULES[target];
  const outputs = binaryModule ? [outFile, binaryModule] : [outFile];
  if (Math.min(...outputs.map(timeOf)) > newestSource()) return;
  const { default: asc } = await import('assemblyscript/asc');
  const started = performance.now();
  const files = new Map();
  const { error, stderr } = await asc.main([ENTRIES[target] ?? 'assembly/index.ts', '--target', target], {
    writeFile: (name, contents) => void files.set(name, contents),
    readFile: (name, folder) => readSource(join(folder, REPLACED[target]?.[name] ?? name)),
  });
  const messages = stderr.toString();
  if (messages) console.error(messages);
  if (error) fail(`build-core: ${target} did not compile (${error.message}).`);
  for (const [name, contents] of files) write(name, contents);
  const binary = Buffer.from(files.get(outFile));
  if (binaryModule) {
    write(binaryModule, `export const coreHex =\n  '${binary.toString('hex')}';\n`);
  }
  console.log(`${outFile}: ${binary.length} bytes in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** As the compiler wants it: null for a file that is not there. */
function readSource(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function newestSource() {
  const sources = readdirSync('assembly', { recursive: true }).map((name) => `assembly/${name}`);
  // Folders count too: their times change when a file is removed.
  return Math.max(
    ...['assembly', 'asconfig.json', 'package-lock.json', 'scripts/build-core.mjs', ...sources].map(timeOf),
  );
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function writeIfChanged(path, text) {
  if (timeOf(path) === 0 || readFileSync(path, 'utf8') !== text) write(path, text);
}

/** Renames into place, so that a test run beside this build never reads half a file. */
function write(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
