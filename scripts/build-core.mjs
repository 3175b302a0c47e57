// Compiles the core. Arguments are targets of asconfig.json, all of them if none is given; a target whose output is newer than
// every source is left alone. The release target also writes build/core-binary.js, the binary as a string that the bindings
// inline. The extra target `types` writes only the declaration of that module, for tools that read types and run nothing.

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const BINARY_MODULE = 'build/core-binary.js';
const BINARY_TYPES = 'build/core-binary.d.ts';

process.chdir(new URL('..', import.meta.url).pathname);
const { targets } = JSON.parse(readFileSync('asconfig.json', 'utf8'));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(targets);

writeIfChanged(BINARY_TYPES, 'export declare const coreBinaryBase64: string;\n');
for (const target of wanted) {
  if (target === 'types') continue;
  if (!targets[target]) fail(`build-core: no target '${target}'. Known: ${Object.keys(targets).join(', ')}, types.`);
  await build(target);
}

async function build(target) {
  const { outFile } = targets[target];
  const outputs = target === 'release' ? [outFile, BINARY_MODULE] : [outFile];
  if (Math.min(...outputs.map(timeOf)) > newestSource()) return;
  const { default: asc } = await import('assemblyscript/asc');
  const started = performance.now();
  const files = new Map();
  const { error, stderr } = await asc.main(['--target', target], {
    writeFile: (name, contents) => void files.set(name, contents),
  });
  const messages = stderr.toString();
  if (messages) console.error(messages);
  if (error) fail(`build-core: ${target} did not compile (${error.message}).`);
  for (const [name, contents] of files) write(name, contents);
  const binary = Buffer.from(files.get(outFile));
  if (target === 'release') {
    write(BINARY_MODULE, `export const coreBinaryBase64 =\n  '${binary.toString('base64')}';\n`);
  }
  console.log(`${outFile}: ${binary.length} bytes in ${((performance.now() - started) / 1000).toFixed(1)} s`);
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
