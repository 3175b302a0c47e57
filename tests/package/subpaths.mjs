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
// Other formats take models of the main entry, in both forms of the package.
for (const [of, { sequential, dense }] of [
  [(subpath) => import(subpath), library],
  [require, required],
]) {
  const { exportOnnx, importOnnx } = await of('wasmgrad/onnx');
  const { exportTfjs, importTfjs } = await of('wasmgrad/tfjs');
  const { fromTorch } = await of('wasmgrad/torch');
  const small = sequential([dense(2, { inputShape: [2] })], { seed: 4 });
  const expected = small.predictSync([[1, 2]]).data;
  assert.deepEqual(importOnnx(exportOnnx(small)).predictSync([[1, 2]]).data, expected);
  const { modelJson, weightData } = exportTfjs(small);
  assert.deepEqual((await importTfjs({ modelJson, weights: weightData })).predictSync([[1, 2]]).data, expected);
  fromTorch(small, { weight: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, bias: { data: new Float32Array(2), shape: [2] } });
  assert.deepEqual([...small.predictSync([[1, 0]]).data], [1, 3]);
}
// A program compiled ahead needs nothing of the main entry.
const { loadInferenceProgram } = await import('wasmgrad/inference');
const program = await loadInferenceProgram(await library.exportInferenceProgram(model));
assert.deepEqual(program.predict([[1, 2]]), model.predictSync([[1, 2]]));
for (const [of, { sgd, sequential, dense, exportTrainingProgram, WasmgradError }] of [
  [(subpath) => import(subpath), library],
  [require, required],
]) {
  const { loadTrainingProgram } = await of('wasmgrad/training');
  const small = sequential([dense(1, { inputShape: [2] })], { seed: 4 });
  small.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  const trained = await loadTrainingProgram(await exportTrainingProgram(small), { optimizer: sgd() });
  const data = [new Float32Array(64).fill(0.5), new Float32Array(32).fill(1)];
  assert.deepEqual(await trained.fit(...data), await small.fit(...data));
  await assert.rejects(loadTrainingProgram(new Uint8Array(9), { optimizer: sgd() }), WasmgradError);
}
// Members train in workers without being told where their task is; one gives the bits of fit, in both forms of the package.
const { workers } = await import('wasmgrad/workers').catch(() => ({}));
for (const [of, { sgd, sequential, dense }] of [
  [(subpath) => import(subpath), library],
  [require, required],
]) {
  const { fitDistributed, inline, MemberNotFiniteError } = await of('wasmgrad/distributed');
  assert.equal(typeof MemberNotFiniteError, 'function');
  assert.equal(typeof (await of('wasmgrad/local-sgd-task')).localSgdTask, 'function');
  const make = () => {
    const small = sequential([dense(1, { inputShape: [2] })], { seed: 4 });
    small.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    return small;
  };
  const alone = make();
  const [x, y] = [new Float32Array(64).fill(0.5), new Float32Array(32).fill(1)];
  await alone.fit(x, y, { batchSize: 8 });
  for (const executor of [inline(), ...(workers ? [workers({ threads: 1 })] : [])]) {
    const model = make();
    await fitDistributed(model, { x, y }, { members: 1, every: 2, batchSize: 8, executor });
    assert.deepEqual(model.parameters(), alone.parameters());
    await executor.close();
  }
}
// Without the peers bullmq and ioredis their subpath says which one it lacks; what runs Web Workers loads without a page.
for (const of of [(subpath) => import(subpath), async (subpath) => require(subpath)]) {
  await assert.rejects(of('wasmgrad/bullmq'), /bullmq|ioredis|piscina/);
  globalThis.postMessage ??= () => undefined;
  assert.equal(typeof (await of('wasmgrad/web-task-worker')).exposeTasks, 'function');
}
assert.deepEqual(Object.keys(require('wasmgrad/package.json').dependencies ?? {}), []);
`;

export async function checkSubpaths(folder) {
  const file = join(folder, 'subpaths.mjs');
  writeFileSync(file, PROGRAM);
  await runNode(file);
}
