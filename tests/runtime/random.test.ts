// Random draws on the host: the published vectors, the core's bits, and the distributions made of them.

import { describe, expect, test } from 'vitest';
import { OptionError } from '../../bindings/index.js';
import { philox4x32, RandomSequence } from '../../bindings/runtime/random.js';
import { makeRandom, runtimeOf } from '../support/sampleRun.js';

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
])('Philox4x32-10 of %j with key %j, a vector of Random123', (counter, key, expected) => {
  expect(philox4x32(counter, key)).toEqual(expected);
});

test('has the bits of the core', () => {
  const runtime = runtimeOf('release');
  const target = runtime.heap.allocate(16, 'a test');
  const random = makeRandom(3);
  for (let i = 0; i < 300; i++) {
    const [c0, c1, c2, c3, k0, k1] = Array.from({ length: 6 }, () => Math.floor(random() * 2 ** 32)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    runtime.core.philox4x32(target, c0, c1, c2, c3, k0, k1);
    expect(philox4x32([c0, c1, c2, c3], [k0, k1])).toEqual([...runtime.uint32(target, 4)]);
  }
  runtime.heap.release(target);
});

describe('RandomSequence', () => {
  const draws = (count: number, draw: (random: RandomSequence) => number, seed = 1): number[] => {
    const random = new RandomSequence(seed);
    return Array.from({ length: count }, () => draw(random));
  };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('uniform draws fill (0, 1) evenly', () => {
    const values = draws(50_000, (random) => random.uniform());
    const counts = Array.from({ length: 20 }, (_, bin) => values.filter((v) => Math.floor(v * 20) === bin).length);
    for (const count of counts) expect(Math.abs(count - 2500)).toBeLessThan(5 * Math.sqrt(2500));
    expect(values.every((value) => value > 0 && value < 1)).toBe(true);
  });

  test.each([0.2, 1, 4])('Beta(%f, itself) has mean 1/2 and its variance', (alpha) => {
    const values = draws(20_000, (random) => random.symmetricBeta(alpha));
    const variance = mean(values.map((value) => (value - 0.5) ** 2));
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.015);
    expect(variance * 4 * (2 * alpha + 1)).toBeCloseTo(1, 1);
  });

  test('shuffles evenly, and leaves its input alone', () => {
    const given = [0, 1, 2];
    const counts = new Map<string, number>();
    const random = new RandomSequence(7);
    for (let i = 0; i < 12_000; i++) {
      const order = random.shuffled(given).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(given).toEqual([0, 1, 2]);
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(2000));
  });

  test('is the same for the same seed and stream, and for no other', () => {
    const first = (seed: number, stream?: number) => new RandomSequence(seed, stream).word();
    expect(first(5)).toBe(first(5));
    expect(new Set([first(5), first(6), first(5, 1), first(2 ** 40 + 5)]).size).toBe(4);
  });

  test('refuses a seed that is no whole number', () => {
    expect(() => new RandomSequence(0.5)).toThrow(OptionError);
  });
});
