// The kernel that finds a node's splits, against plain float64 sums: the same bits on every build, and in any number of parts.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HISTOGRAM_BINS, HistogramFeature, HistogramField, InstructionField, Opcode } from '../../assembly/opcodes.js';
import { encode } from '../../bindings/graph/encode.js';
import { Runtime } from '../../bindings/runtime/runtime.js';
import { makeRandom, runtimeOf, type CoreTarget } from '../support/sampleRun.js';

/** A node of a tree: some of the samples, in their order. */
interface Node {
  samples: number;
  rows: number[];
  binCounts: number[];
  /** [features][samples] */
  bins: number[][];
  hessians: number[];
  /** [outputs][samples] */
  gradients: number[][];
  lambda: number;
  leastRows: number;
}

interface Found {
  gain: number;
  bin: number;
}

const LEAST_GAIN = 1e-12;

interface Size {
  samples: number;
  rows: number;
  binCounts: number[];
  outputs: number;
  lambda?: number;
  leastRows?: number;
  seed?: number;
}

/** Values whose sums round, so that another order of summation has other bits. */
function drawNode({ samples, rows, binCounts, outputs, lambda = 0, leastRows = 1, seed = 1 }: Size): Node {
  const random = makeRandom(seed * 7919 + samples * 31 + rows);
  const values = (draw: () => number) => Array.from({ length: samples }, draw);
  const left = values(random).map((key, row) => ({ key, row }));
  const chosen = left.sort((a, b) => a.key - b.key).slice(0, rows);
  return {
    ...{ samples, binCounts, lambda, leastRows },
    rows: chosen.map(({ row }) => row).sort((a, b) => a - b),
    bins: binCounts.map((count) => values(() => Math.floor(random() * count))),
    // Some samples do not count at all.
    hessians: values(() => (random() < 0.1 ? 0 : random() / 3)),
    gradients: Array.from({ length: outputs }, () => values(() => (random() - 0.5) * 10 ** (6 * random() - 3))),
  };
}

/** The sums of a node's samples, and of what of them a condition chooses, in their order. */
function sumsOf(node: Node, isChosen: (row: number) => boolean = () => true) {
  const sums = { hessian: 0, count: 0, gradients: node.gradients.map(() => 0) };
  for (const row of node.rows.filter(isChosen)) {
    sums.hessian += node.hessians[row]!;
    sums.count++;
    node.gradients.forEach((own, k) => (sums.gradients[k]! += own[row]!));
  }
  return sums;
}

/** Each expression has the operations of the kernel in their order: what it must give to the last bit. */
function bestSplit(node: Node, feature: number): Found {
  const total = sumsOf(node);
  const score = (gradients: number[], weight: number) =>
    weight <= 0 ? 0 : gradients.reduce((sum, gradient) => sum + (gradient * gradient) / weight, 0);
  const left = { hessian: 0, count: 0, gradients: node.gradients.map(() => 0) };
  let best: Found = { gain: LEAST_GAIN, bin: -1 };
  for (let bin = 0; bin + 1 < node.binCounts[feature]!; bin++) {
    const own = sumsOf(node, (row) => node.bins[feature]![row] === bin);
    left.hessian += own.hessian;
    left.count += own.count;
    own.gradients.forEach((sum, k) => (left.gradients[k]! += sum));
    if (left.count < node.leastRows || total.count - left.count < node.leastRows) continue;
    const right = left.gradients.map((sum, k) => total.gradients[k]! - sum);
    const gain =
      score(left.gradients, left.hessian + node.lambda) +
      score(right, total.hessian - left.hessian + node.lambda) -
      score(total.gradients, total.hessian + node.lambda);
    if (gain > best.gain) best = { gain, bin };
  }
  return best;
}

const GUARD_BYTES = 64;
const GUARD_BYTE = 0xa5;
/** Eight of it are a NaN. */
const NAN_BYTE = 0xff;

/** Runs the kernel, with guards round all that it is given. Parts run one after the other, or (`onThreads`) together. */
function findSplits(runtime: Runtime, node: Node, { parts = 1, onThreads = false } = {}): Found[] {
  const { heap, core } = runtime;
  const outputs = node.gradients.length;
  const width = 2 * Math.ceil((2 + outputs) / 2);
  const features = node.binCounts.length;
  const guards: number[] = [];
  const blocks: number[] = [];
  const place = (bytes: number): number => {
    const block = heap.allocate(bytes + 2 * GUARD_BYTES, 'a test');
    runtime.uint8(block, bytes + 2 * GUARD_BYTES).fill(GUARD_BYTE);
    blocks.push(block);
    guards.push(block, block + GUARD_BYTES + bytes);
    return block + GUARD_BYTES;
  };
  const pointers = {
    recordsPointer: place(8 * width * node.samples),
    rowsPointer: place(4 * node.rows.length),
    featuresPointer: place(4 * HistogramFeature.end * features),
    nodePointer: place(8 * (3 + width)),
    histogramsPointer: place(parts * (HISTOGRAM_BINS + 1) * 8 * width),
  };
  const bins = node.bins.map(() => place(node.samples));
  const instruction = place(4 * HistogramField.end);
  node.bins.forEach((own, feature) => runtime.uint8(bins[feature]!, own.length).set(own));
  const records = runtime.float64(pointers.recordsPointer, width * node.samples).fill(0);
  for (let row = 0; row < node.samples; row++) {
    records.set([node.hessians[row]!, 1, ...node.gradients.map((own) => own[row]!)], row * width);
  }
  runtime.uint32(pointers.rowsPointer, node.rows.length).set(node.rows);
  const table = runtime.uint32(pointers.featuresPointer, HistogramFeature.end * features);
  bins.forEach((address, i) => {
    const at = i * HistogramFeature.end;
    table.set([address, node.binCounts[i]! * 8 * width], at);
    runtime.float64(pointers.featuresPointer + 4 * (at + HistogramFeature.gain), 1)[0] = LEAST_GAIN;
  });
  const total = sumsOf(node);
  const weight = total.hessian + node.lambda;
  const score = weight > 0 ? total.gradients.reduce((sum, own) => sum + (own * own) / weight, 0) : 0;
  const numbers = [node.lambda, score, node.leastRows, total.hessian, total.count, ...total.gradients];
  runtime
    .float64(pointers.nodePointer, 3 + width)
    .fill(0)
    .set(numbers);
  runtime.uint32(instruction, HistogramField.end).set(
    encode(Opcode.histogram, HistogramField, {
      ...pointers,
      ...{ recordBytes: 8 * width, features },
      rowsEndPointer: pointers.rowsPointer + 4 * node.rows.length,
    }),
  );
  runtime.uint32(instruction, HistogramField.end)[InstructionField.parts] = parts;
  const roomBytes = (HISTOGRAM_BINS + 1) * 8 * width;
  const rooms = runtime.uint8(pointers.histogramsPointer, parts * roomBytes).fill(NAN_BYTE);
  if (onThreads) expect(core.runShared(instruction)).toBe(1);
  for (let part = 0; part < parts && !onThreads; part++) {
    const before = rooms.slice();
    expect(core.runInstruction(instruction, part, parts)).toBe(1);
    // Other parts may run at the same time: their rooms are not this one's.
    before.set(rooms.subarray(part * roomBytes, (part + 1) * roomBytes), part * roomBytes);
    expect(Buffer.compare(rooms, before)).toBe(0);
  }
  for (const guard of guards) {
    expect(runtime.uint8(guard, GUARD_BYTES).every((byte) => byte === GUARD_BYTE)).toBe(true);
  }
  const found = bins.map((_, i): Found => {
    const at = pointers.featuresPointer + 4 * i * HistogramFeature.end;
    const [gain] = runtime.float64(at + 4 * HistogramFeature.gain, 1);
    const [bytes] = runtime.uint32(at + 4 * HistogramFeature.splitBytes, 1);
    return { gain: gain!, bin: gain! > LEAST_GAIN ? bytes! / (8 * width) - 1 : -1 };
  });
  blocks.forEach((block) => heap.release(block));
  return found;
}

const referenceOf = (node: Node): Found[] => node.binCounts.map((_, feature) => bestSplit(node, feature));

/** Sizes at the edges of what the kernel walks. */
const SIZES: Record<string, Size> = {
  'one row': { samples: 1, rows: 1, binCounts: [1, 2, 256], outputs: 1 },
  'two rows': { samples: 2, rows: 2, binCounts: [2, 256], outputs: 1 },
  'one bin': { samples: 40, rows: 40, binCounts: [1], outputs: 1 },
  'two bins': { samples: 40, rows: 33, binCounts: [2], outputs: 1 },
  'all 256 bins': { samples: 3000, rows: 3000, binCounts: [256], outputs: 1 },
  '255 bins of a few of the samples': { samples: 900, rows: 60, binCounts: [255, 256], outputs: 1 },
  'two outputs, no padding': { samples: 200, rows: 150, binCounts: [3, 17], outputs: 2 },
  'three outputs, one more pair': { samples: 200, rows: 150, binCounts: [3, 17, 90], outputs: 3 },
  'four outputs': { samples: 200, rows: 150, binCounts: [3, 17], outputs: 4 },
  'eleven outputs': { samples: 300, rows: 290, binCounts: [30, 256, 4, 9, 2], outputs: 11 },
  'leaves of at least 20': { samples: 100, rows: 90, binCounts: [50, 8], outputs: 1, leastRows: 20 },
  'leaves of more than half': { samples: 100, rows: 90, binCounts: [50], outputs: 1, leastRows: 46 },
  lambda: { samples: 100, rows: 90, binCounts: [50, 8], outputs: 2, lambda: 0.7 },
};

describe('the best split of each feature', () => {
  describe.each(['release', 'debug', 'threads'] as CoreTarget[])('on the %s core', (target) => {
    test.each(Object.entries(SIZES))('%s', (_, size) => {
      const node = drawNode(size);
      const expected = referenceOf(node);
      for (const parts of [1, 2, 3, 5]) expect(findSplits(runtimeOf(target), node, { parts })).toEqual(expected);
    });
  });

  test('of any node', () => {
    const size = fc.record({
      samples: fc.integer({ min: 1, max: 80 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      binCounts: fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 4 }),
      outputs: fc.integer({ min: 1, max: 6 }),
      lambda: fc.constantFrom(0, 1e-3, 2),
      leastRows: fc.integer({ min: 1, max: 9 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 4 }), ({ share, ...rest }, parts) => {
        const node = drawNode({ ...rest, rows: Math.max(1, Math.round(share * rest.samples)) });
        expect(findSplits(runtimeOf('release'), node, { parts })).toEqual(referenceOf(node));
      }),
      { numRuns: 300 },
    );
  });

  test('is none where all samples are in one bin, or are equal', () => {
    const node = drawNode({ samples: 50, rows: 50, binCounts: [9], outputs: 1 });
    const inOneBin = { ...node, bins: [node.bins[0]!.map(() => 4)] };
    expect(findSplits(runtimeOf('release'), inOneBin)).toEqual([{ gain: LEAST_GAIN, bin: -1 }]);
    const equal = { ...node, hessians: node.hessians.map(() => 1), gradients: [node.hessians.map(() => 2)] };
    expect(findSplits(runtimeOf('release'), equal)).toEqual([{ gain: LEAST_GAIN, bin: -1 }]);
  });

  test('is the first of equal ones', () => {
    const [a, b] = [1, -1];
    const node: Node = {
      ...{ samples: 4, rows: [0, 1, 2, 3], binCounts: [4], bins: [[0, 1, 2, 3]] },
      ...{ hessians: [1, 1, 1, 1], gradients: [[a, b, b, a]], lambda: 0, leastRows: 1 },
    };
    expect(findSplits(runtimeOf('release'), node)[0]!.bin).toBe(0);
  });

  test('does not weigh samples of weight 0: their side scores 0', () => {
    const node: Node = {
      ...{ samples: 4, rows: [0, 1, 2, 3], binCounts: [4], bins: [[0, 1, 2, 3]] },
      ...{ hessians: [0, 0, 1, 1], gradients: [[0, 0, 3, -3]], lambda: 0, leastRows: 1 },
    };
    expect(findSplits(runtimeOf('release'), node)).toEqual([{ gain: 18, bin: 2 }]);
  });
});

describe('on real threads', () => {
  let team: Runtime;
  beforeAll(async () => {
    const binary = readFileSync(new URL('../../build/core.threads.wasm', import.meta.url));
    team = new Runtime(new WebAssembly.Module(binary), 2 ** 30, true);
    expect(await team.startThreads(3)).toBeUndefined();
  });
  afterAll(() => team.dispose());

  test('the bits are those of one', () => {
    for (let seed = 0; seed < 20; seed++) {
      const node = drawNode({ samples: 500, rows: 400, binCounts: [256, 3, 90, 256, 20, 7, 1], outputs: 2, seed });
      expect(findSplits(team, node, { parts: 3, onThreads: true })).toEqual(referenceOf(node));
    }
  });
});
