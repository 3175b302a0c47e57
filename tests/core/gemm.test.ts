// The numeric contract of GEMM, to the last bit: blocks of k (support/blocks.ts) summed in order from 0, the block sums
// in order, then the bias. Every path and kernel shape must give what this scalar float32 loop gives.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpSample } from '../../bindings/ops/sample.js';
import { blocksOf } from '../support/blocks.js';
import { drawInput, makeRandom, runSample } from '../support/sampleRun.js';

interface Product {
  m: number;
  k: number;
  n: number;
  transposeA: boolean;
  transposeB: boolean;
  hasBias: boolean;
}

const { fround } = Math;

function scalarProduct(
  { m, k, n, transposeA, transposeB, hasBias }: Product,
  [a, b, bias]: readonly Float64Array[],
): number[] {
  const element = (i: number, j: number): number => {
    let total = 0;
    for (const [start, end] of blocksOf(k)) {
      let block = 0;
      for (let p = start; p < end; p++) {
        const left = a![transposeA ? p * m + i : i * k + p]!;
        const right = b![transposeB ? j * k + p : p * n + j]!;
        block = fround(block + fround(left * right));
      }
      total = start === 0 ? block : fround(total + block);
    }
    return hasBias ? fround(total + bias![j]!) : total;
  };
  return Array.from({ length: m * n }, (_, index) => element(Math.floor(index / n), index % n));
}

function sampleOf({ m, k, n, transposeA, transposeB, hasBias }: Product): OpSample {
  const operands = [{ shape: transposeA ? [k, m] : [m, k] }, { shape: transposeB ? [n, k] : [k, n] }];
  return {
    name: 'product',
    inputs: hasBias ? [...operands, { shape: [n] }] : operands,
    build([a, b, bias]) {
      const product = a!.matmul(b!, { transposeA, transposeB });
      return bias ? product.add(bias) : product;
    },
  };
}

function check(product: Product, parts: number): void {
  const sample = sampleOf(product);
  const random = makeRandom(product.m * 7919 + product.n * 104729 + product.k);
  const inputs = sample.inputs.map((input) => drawInput(input, random));
  expect(runSample(sample, inputs, { parts }).values).toEqual(scalarProduct(product, inputs));
}

describe('GEMM keeps its summation order to the last bit', () => {
  test('for random sizes, forms and parts', () => {
    const side = fc.integer({ min: 1, max: 45 });
    const product = fc.record({
      m: side,
      n: side,
      k: fc.oneof(side, fc.integer({ min: 250, max: 900 })),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      hasBias: fc.boolean(),
    });
    fc.assert(fc.property(product, fc.integer({ min: 1, max: 4 }), check), { numRuns: 250 });
  });

  test.each([
    [1, 300, 700],
    [700, 300, 1],
    [64, 257, 513],
    [130, 520, 70],
  ])('for %i x %i x %i in every form', (m, k, n) => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) check({ m, k, n, transposeA, transposeB, hasBias: true }, 1);
    }
  });
});
