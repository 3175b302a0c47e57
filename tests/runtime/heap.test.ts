// The heap: blocks are apart, aligned and zero; what is freed can be used again; nothing goes over the limit.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryLimitError } from '../../bindings/index.js';
import { formatBytes, Heap, PAGE_BYTES } from '../../bindings/runtime/memory.js';

const BASE = 1000;

function makeHeap(limitPages = 64, initialPages = 1): { heap: Heap; memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: 64 });
  return { heap: new Heap(memory, BASE, limitPages * PAGE_BYTES), memory };
}

/** Allocations of so many bytes (positive), or the release of the block at that place of the list (negative). */
const scripts = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: -50, max: -1 }) },
  ),
  { maxLength: 60 },
);

interface Held {
  address: number;
  bytes: number;
  mark: number;
}

/** Runs a script, filling each block with a mark of its own; `check` sees the held blocks after every step. */
function runScript(
  heap: Heap,
  memory: WebAssembly.Memory,
  script: readonly number[],
  check: (held: Held[]) => void,
): Held[] {
  const held: Held[] = [];
  script.forEach((step, i) => {
    if (step < 0) {
      if (held.length === 0) return;
      const [block] = held.splice(-step % held.length, 1);
      heap.release(block!.address);
    } else {
      const block = { address: heap.allocate(step, 'a test'), bytes: step, mark: (i % 255) + 1 };
      const view = new Uint8Array(memory.buffer, block.address, step);
      expect(view.every((byte) => byte === 0)).toBe(true);
      view.fill(block.mark);
      held.push(block);
    }
    check(held);
  });
  return held;
}

describe('blocks', () => {
  test('never overlap, are aligned, zero at first, inside memory, and keep their content', () => {
    const property = fc.property(scripts, (script) => {
      const { heap, memory } = makeHeap();
      runScript(heap, memory, script, (held) => {
        const sorted = [...held].sort((a, b) => a.address - b.address);
        sorted.forEach(({ address, bytes, mark }, i) => {
          expect(address % 64).toBe(0);
          expect(address).toBeGreaterThanOrEqual(BASE);
          // Kernels may read up to 15 bytes behind a buffer.
          expect(address + bytes + 15).toBeLessThanOrEqual(memory.buffer.byteLength);
          expect(address + Math.max(bytes, 1)).toBeLessThanOrEqual(sorted[i + 1]?.address ?? Infinity);
          expect(new Uint8Array(memory.buffer, address, bytes).every((byte) => byte === mark)).toBe(true);
        });
        const rounded = held.reduce((sum, { bytes }) => sum + 64 * Math.ceil(Math.max(bytes, 1) / 64), 0);
        expect(heap.usedBytes).toBe(rounded);
      });
    });
    fc.assert(property, { numRuns: 200, seed: 1 });
  });

  test('that were freed in any order leave one stretch, which the largest block takes without growth', () => {
    const property = fc.property(scripts, fc.infiniteStream(fc.nat()), (script, order) => {
      const { heap, memory } = makeHeap();
      const first = heap.allocate(1, 'a test');
      let end = first + 64;
      const held = runScript(heap, memory, script, (blocks) => {
        for (const { address, bytes } of blocks) end = Math.max(end, address + 64 * Math.ceil(Math.max(bytes, 1) / 64));
      });
      held.push({ address: first, bytes: 1, mark: 0 });
      while (held.length > 0) heap.release(held.splice(order.next().value! % held.length, 1)[0]!.address);
      expect(heap.usedBytes).toBe(0);
      const size = memory.buffer.byteLength;
      expect(heap.allocate(end - first, 'a test')).toBe(first);
      expect(memory.buffer.byteLength).toBe(size);
    });
    fc.assert(property, { numRuns: 200, seed: 1 });
  });

  test('take the first gap that is large enough; neighbours of a freed block join it on both sides', () => {
    const { heap } = makeHeap();
    const [a, b, c, d] = [64, 128, 64, 64].map((bytes) => heap.allocate(bytes, 'a test')) as [
      number,
      number,
      number,
      number,
    ];
    heap.release(a);
    heap.release(c);
    expect(heap.allocate(128, 'a test')).toBeGreaterThan(d);
    heap.release(b);
    expect(heap.allocate(256, 'a test')).toBe(a);
  });

  test('at the end of the heap grow in place', () => {
    const { heap } = makeHeap();
    heap.allocate(64, 'a test');
    const last = heap.allocate(64, 'a test');
    heap.release(last);
    expect(heap.allocate(1000, 'a test')).toBe(last);
  });

  test('that are not held are not freed again', () => {
    const { heap } = makeHeap();
    const block = heap.allocate(64, 'a test');
    heap.release(block);
    heap.release(block);
    heap.release(0);
    heap.release(block + 8);
    const [one, two] = [heap.allocate(64, 'a test'), heap.allocate(64, 'a test')];
    expect(one).toBe(block);
    expect(two).not.toBe(one);
    expect(heap.usedBytes).toBe(128);
  });
});

describe('the limit', () => {
  const thrownBy = (action: () => unknown): MemoryLimitError => {
    try {
      action();
    } catch (error) {
      expect(error).toBeInstanceOf(MemoryLimitError);
      return error as MemoryLimitError;
    }
    throw new Error('nothing was thrown');
  };

  test('is kept to the byte; a refused block costs nothing', () => {
    const { heap, memory } = makeHeap(8);
    const room = 8 * PAGE_BYTES - 1024 - 64;
    const block = heap.allocate(room - 6400, 'a test');
    const size = memory.buffer.byteLength;
    const error = thrownBy(() => heap.allocate(6401, "the model's parameters"));
    expect(error.code).toBe('MEMORY_LIMIT');
    expect(error.limitBytes).toBe(8 * PAGE_BYTES);
    expect(error.neededBytes).toBe(room - 6400 + 6464);
    expect(error.message).toBe(
      "the model's parameters needs 6.46 kB, but 516.8 kB of the 524.3 kB allowed are in use. " +
        'Use a smaller batch or model, dispose() of models you no longer need, or raise init({ maximumBytes }).',
    );
    expect(memory.buffer.byteLength).toBe(size);
    expect(heap.usedBytes).toBe(room - 6400);
    heap.allocate(6400, 'a test');
    expect(memory.buffer.byteLength).toBe(8 * PAGE_BYTES);
    heap.release(block);
    expect(heap.allocate(room - 6400, 'a test')).toBe(block);
  });

  test('of the host itself is told in the same way', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    const heap = new Heap(memory, BASE, 64 * PAGE_BYTES);
    const error = thrownBy(() => heap.allocate(3 * PAGE_BYTES, 'the data'));
    expect(error.message).toContain('the data needs 196.6 kB');
    expect(heap.usedBytes).toBe(0);
    heap.allocate(1000, 'a test');
  });

  test('can be asked for before the first of several blocks', () => {
    const { heap } = makeHeap(8);
    heap.allocate(PAGE_BYTES, 'a test');
    heap.reserve(7 * PAGE_BYTES, 'a plan');
    const error = thrownBy(() => heap.reserve(7 * PAGE_BYTES + 1, 'a plan'));
    expect([error.neededBytes, error.limitBytes]).toEqual([8 * PAGE_BYTES + 1, 8 * PAGE_BYTES]);
    expect(error.message).toContain('a plan needs 458.8 kB');
    expect(heap.usedBytes).toBe(PAGE_BYTES);
  });
});

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [1234, '1.23 kB'],
  [12_345, '12.3 kB'],
  [999_940, '999.9 kB'],
  [1_000_000, '1.00 MB'],
  [128_000_000, '128.0 MB'],
  [4_294_901_760, '4.29 GB'],
  [5e12, '5000.0 GB'],
])('formatBytes(%d) is %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('a host that gives no more memory is named, not the limit', () => {
  const { heap, memory } = makeHeap();
  memory.grow = () => {
    throw new RangeError('out of memory');
  };
  expect(() => heap.allocate(1e6, 'the plan')).toThrow(MemoryLimitError);
  expect(() => heap.allocate(1e6, 'the plan')).toThrow(
    /the plan needs 1\.00 MB, but the host gives no more than the 65\.5 kB/,
  );
  expect(heap.usedBytes).toBe(0);
});
