// The ceilings of the bench: that their modules move what they are counted for, and which one a row is held to.

import { expect, test } from 'vitest';
import { bandwidthOf, readModule, streamModule } from '../../bench/ceiling/bandwidth.js';
import { leastTime, type Ceilings } from '../../bench/ceiling.js';
import { ceilingOf } from '../../bench/harness.js';

const MEMORY = 2 ** 17;

function load(bytes: Uint8Array<ArrayBuffer>) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const run = exports.run as (passes: number, bytes: number) => number;
  return { run, floats: new Float32Array((exports.memory as WebAssembly.Memory).buffer) };
}

test.each([4, 6, 8])('reading with %i sums adds every vector once a pass', (sums) => {
  const { run, floats } = load(readModule(MEMORY, sums));
  for (let i = 0; i < floats.length; i += 4) floats[i] = 1 + ((i / 4) % 3);
  const expected = (bytes: number) => floats.subarray(0, bytes / 4).reduce((sum, value) => sum + value, 0);
  for (const bytes of [128, 1280, MEMORY]) {
    expect(run(1, bytes)).toBe(expected(bytes));
    expect(run(3, bytes)).toBe(3 * expected(bytes));
  }
});

test('streaming adds 1e-9 x to y, and touches nothing else', () => {
  const { run, floats } = load(streamModule(MEMORY));
  const half = floats.length / 2;
  floats.fill(2e9, 0, half);
  run(3, 1280);
  for (let i = 0; i < half; i++) expect(floats[half + i]).toBeCloseTo(i < 320 ? 6 : 0, 4);
  expect(floats[0]).toBe(2e9);
});

const rates = [
  { bytes: 2 ** 18, gigabytesPerSecond: 100 },
  { bytes: 2 ** 22, gigabytesPerSecond: 50 },
];
const ceilings: Ceilings = {
  multiplyAdd: { gigaflops: 40, shape: '' },
  read: rates,
  stream: [{ bytes: 2 ** 27, gigabytesPerSecond: 20 }],
};

test('the bandwidth is that of the least size which holds the buffers', () => {
  expect([1, 2 ** 18, 2 ** 18 + 1, 2 ** 30].map((bytes) => bandwidthOf(rates, bytes))).toEqual([100, 100, 50, 50]);
});

test('work is held to what bounds it, in the unit of its row', () => {
  expect(leastTime(ceilings, { flops: 80e6 })).toBeCloseTo(2, 12);
  expect(ceilingOf(ceilings, { work: { flops: 80e6 }, unit: 'ms' })).toBeCloseTo(2, 12);
  expect(ceilingOf(ceilings, { work: { flops: 80e6 }, unit: 'GFLOP/s' })).toBeCloseTo(40, 12);
  const vector = { flops: 2 ** 21, bytes: 2 ** 22, bound: 'read' } as const;
  expect(ceilingOf(ceilings, { work: vector, unit: 'GFLOP/s' })).toBeCloseTo(25, 12);
  const update = { flops: 0, bytes: 7e6, bound: 'stream', residentBytes: 4e6 } as const;
  expect(ceilingOf(ceilings, { work: update, unit: 'GB/s' })).toBeCloseTo(20, 12);
});
