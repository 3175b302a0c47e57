// Randomness: the published vectors of Philox4x32-10, and what the draws made of it must be like.

import { describe, expect, test } from 'vitest';
import { evaluate } from '../../bindings/graph/evaluate.js';
import { Graph } from '../../bindings/graph/graph.js';
import { runGraph } from '../../bindings/graph/runGraph.js';
import { opRules } from '../../bindings/ops/index.js';
import { runtimeOf } from '../support/sampleRun.js';

const runtime = runtimeOf('release');

describe('Philox4x32-10', () => {
  // Known-answer vectors of Random123 (kat_vectors): counter, key, result.
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [-1, -1, -1, -1],
      [-1, -1],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('counter %j with key %j', (counter, key, expected) => {
    const target = runtime.heap.allocate(16, 'a test');
    const [c0, c1, c2, c3] = counter as [number, number, number, number];
    runtime.core.philox4x32(target, c0, c1, c2, c3, key[0]!, key[1]!);
    expect([...runtime.uint32(target, 4)]).toEqual(expected);
    runtime.heap.release(target);
  });

  test('uniform draws are the words of the counters that the convention names', () => {
    const count = 64;
    const graph = new Graph(opRules, 9);
    const [uniform] = evaluate(runtime, [graph.randomUniform([count])], { seed: 2 ** 32 * 3 + 5, step: 11 });
    const target = runtime.heap.allocate(16, 'a test');
    const expected = Array.from({ length: count }, (_, i) => {
      runtime.core.philox4x32(target, (i >> 4) * 4 + (i & 3), 9, 11, 0, 5, 3);
      return (runtime.uint32(target, 4)[(i >> 2) & 3]! >>> 8) * 2 ** -24;
    });
    runtime.heap.release(target);
    expect([...uniform!]).toEqual(expected);
  });
});

test('draws of samples are the words of the domains that their numbers name, at the epoch', () => {
  const samples = [5, 0, 123456];
  const [epoch, size] = [7, 530];
  const graph = new Graph(opRules);
  const leaf = (region: string, shape: number[]) => graph.leaf(shape, 'int32', { region, byteOffset: 0 });
  const inputs = [leaf('numbers', [samples.length]), leaf('epoch', [])];
  const drawn = graph.emit('sampleRandom', inputs, { shape: [size], stream: 4, isNormal: false });
  const given = new Map([
    ['numbers', { shape: [samples.length], data: Int32Array.from(samples) }],
    ['epoch', { shape: [], data: Int32Array.of(epoch) }],
  ]);
  const results = runGraph(runtime, graph, given, new Map([['drawn', drawn]]), { seed: 2 ** 32 * 3 + 5 });
  const target = runtime.heap.allocate(16, 'a test');
  const expected = samples.flatMap((sample) =>
    Array.from({ length: size }, (_, i) => {
      runtime.core.philox4x32(target, (i >> 4) * 4 + (i & 3), 4, epoch, 3 + sample, 5, 3);
      return (runtime.uint32(target, 4)[(i >> 2) & 3]! >>> 8) * 2 ** -24;
    }),
  );
  runtime.heap.release(target);
  expect([...results.get('drawn')!.data]).toEqual(expected);
});

const COUNT = 200_000;
const draw = (make: (graph: Graph) => ReturnType<Graph['randomUniform']>, seed = 1, step = 0) =>
  evaluate(runtime, [make(new Graph(opRules))], { seed, step })[0]!;
const moment = (values: Float32Array, power: number) =>
  values.reduce((sum, value) => sum + value ** power, 0) / values.length;

describe('distributions', () => {
  // Five standard errors of each moment: a right generator fails once in millions of seeds, and the seed is fixed.
  test('uniform: range, mean and variance', () => {
    const values = draw((graph) => graph.randomUniform([COUNT]));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(moment(values, 1) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / COUNT));
    expect(Math.abs(moment(values, 2) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / COUNT));
  });

  test('normal: first four moments', () => {
    const values = draw((graph) => graph.randomNormal([COUNT]));
    expect(Math.abs(moment(values, 1))).toBeLessThan(5 / Math.sqrt(COUNT));
    expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / COUNT));
    expect(Math.abs(moment(values, 3))).toBeLessThan(5 * Math.sqrt(15 / COUNT));
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / COUNT));
  });

  test('dropout: zero or scaled, at its rate, the same mask for the same seed and step', () => {
    const mask = (seed: number, step: number) =>
      draw((graph) => graph.constant(1).broadcastTo([COUNT]).dropout(0.3), seed, step);
    const values = mask(1, 0);
    const kept = values.filter((value) => value !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / Math.fround(1 - Math.fround(0.3)))]));
    expect(Math.abs(kept.length / COUNT - 0.7)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / COUNT));
    expect(mask(1, 0)).toEqual(values);
    expect(mask(2, 0)).not.toEqual(values);
    expect(mask(1, 1)).not.toEqual(values);
  });

  test('streams, steps and seeds are independent of each other', () => {
    const a = draw((graph) => graph.randomNormal([COUNT]));
    const others = [
      draw((graph) => graph.randomNormal([COUNT]), 2),
      draw((graph) => graph.randomNormal([COUNT]), 1, 1),
      evaluate(runtime, [new Graph(opRules, 1).randomNormal([COUNT])], { seed: 1 })[0]!,
    ];
    for (const b of others) {
      const correlation = a.reduce((sum, value, i) => sum + value * b[i]!, 0) / COUNT;
      expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(COUNT));
    }
  });
});
