// What lies behind the package's subpaths, seen from a project: as ES modules and as CommonJS.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from './project.mjs';

const PROGRAM = `
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import * as library from 'wasmgrad';
import { fileSink } from 'wasmgrad/node';
import * as worker from 'wasmgrad/worker';

const require = createRequire(import.meta.url);
const required = require('wasmgrad');
assert.deepEqual(Object.keys(required).sort(), Object.keys(library).sort());
assert.equal(typeof fileSink, 'function');
assert.equal(typeof require('wasmgrad/node').fileSink, 'function');

// A search, with the trials that the other form of the package makes.
const searches = [await import('wasmgrad/selection'), require('wasmgrad/selection')];
const found = searches.map(({ study, uniform }) =>
  study({ space: { x: uniform(0, 1) }, objective: ({ x }) => x, trials: 12 }).then(({ best }) => best.params),
);
assert.deepEqual(await found[0], await found[1]);

const fileOf = (subpath) => new URL(import.meta.resolve(subpath));
for (const subpath of ['wasmgrad/core.wasm', 'wasmgrad/core.threads.wasm', 'wasmgrad/core.fast.wasm']) {
  assert.equal(readFileSync(fileOf(subpath)).toString('latin1', 0, 4), '\\0asm', subpath);
}
assert.match(readFileSync(fileOf('wasmgrad/thread'), 'utf8'), /postMessage/);
// One file: no bundler has to follow it.
assert.doesNotMatch(readFileSync(fileOf('wasmgrad/worker-host'), 'utf8'), /\\bimport\\(|\\bfrom['"]/);

// The core of the package is the one that it takes; a foreign one is refused by a typed error.
await assert.rejects(library.init({ core: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) }), { code: 'RUNTIME' });
await library.init({ core: readFileSync(fileOf('wasmgrad/core.wasm')) });
const model = library.sequential([library.dense(1, { inputShape: [2] })]);
assert.deepEqual(model.predictSync([[1, 2]]).shape, [1, 1]);
assert.deepEqual(library.readCsv('a,b\\n1,"x,y"\\n').column('b'), ['x,y']);
assert.deepEqual(required.readCsv('a,b\\n1,"x,y"\\n').column('b'), ['x,y']);
// Both subpaths have the same classes, as ES modules and as CommonJS.
assert.deepEqual(Object.keys(require('wasmgrad/worker')).sort(), Object.keys(worker).sort());
for (const [{ spawn }, { sequential, dense, ShapeError, StateError }] of [
  [worker, library],
  [require('wasmgrad/worker'), required],
]) {
  const there = await spawn(sequential([dense(1, { inputShape: [2] })]));
  await assert.rejects(there.predict({ data: new Float32Array(6), shape: [2, 3] }), ShapeError);
  there.terminate();
  await assert.rejects(there.summary(), StateError);
}
assert.deepEqual(Object.keys(require('wasmgrad/package.json').dependencies ?? {}), []);
`;

export async function checkSubpaths(folder) {
  const file = join(folder, 'subpaths.mjs');
  writeFileSync(file, PROGRAM);
  await runNode(file);
}
