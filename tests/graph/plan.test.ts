// The memory planner over random graphs: buffers that live at the same time never overlap, and results do not depend on reuse.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGraph } from '../../bindings/graph/compile.js';
import { Graph } from '../../bindings/graph/graph.js';
import { bytesOf } from '../../bindings/graph/plan.js';
import type { Tensor } from '../../bindings/graph/tensor.js';
import { opRules } from '../../bindings/ops/index.js';
import type { OpSample } from '../../bindings/ops/sample.js';
import { drawInput, makeRandom, runSample } from '../support/sampleRun.js';

/** One random operation: which kind, and which earlier tensors it reads. */
const step = fc.record({ kind: fc.nat(6), a: fc.nat(1000), b: fc.nat(1000) });
const recipe = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
  sides: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
});

type Recipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

/** Builds a graph of [rows, columns] tensors by a recipe; the result reads the last few of them. */
function buildByRecipe({ steps, sides: [rows, columns] }: Recipe, [x, y]: readonly Tensor[]): Tensor {
  const tensors: Tensor[] = [x!, y!];
  for (const { kind, a, b } of steps) {
    const [left, right] = [tensors[a % tensors.length]!, tensors[b % tensors.length]!];
    const operations = [
      () => left.add(right),
      () => left.mul(right),
      () => left.tanh(),
      () => left.softmax(),
      () => left.sub(right.mean({ axis: 0 })),
      () => left.reshape([columns, rows]).transpose(),
      () => left.matmul(right, { transposeB: true }).matmul(left).sigmoid(),
    ];
    tensors.push(operations[kind]!());
  }
  return tensors.slice(-3).reduce((sum, tensor) => sum.add(tensor));
}

const sampleOf = (given: Recipe): OpSample => ({
  name: 'random graph',
  inputs: [{ shape: given.sides }, { shape: given.sides }],
  build: (inputs) => buildByRecipe(given, inputs),
});

describe('the memory planner', () => {
  test('gives no two live buffers the same bytes', () => {
    fc.assert(
      fc.property(recipe, (given) => {
        const graph = new Graph(opRules);
        const leaf = (region: string) => graph.leaf(given.sides, 'float32', { region, byteOffset: 0 });
        graph.output(buildByRecipe(given, [leaf('x'), leaf('y')]), { region: 'result', byteOffset: 0 });
        const { plan, units } = compileGraph(graph);
        plan.allocations.forEach((one, i) => {
          expect(one.byteOffset % 16).toBe(0);
          expect(one.byteOffset + one.reservedBytes).toBeLessThanOrEqual(plan.arenaBytes);
          for (const tensor of one.tensors) expect(bytesOf(tensor)).toBeLessThanOrEqual(one.reservedBytes);
          for (const other of plan.allocations.slice(i + 1)) {
            const isSimultaneous = one.firstUnit <= other.lastUnit && other.firstUnit <= one.lastUnit;
            const isApart =
              one.byteOffset + one.reservedBytes <= other.byteOffset ||
              other.byteOffset + other.reservedBytes <= one.byteOffset;
            expect(isSimultaneous && !isApart).toBe(false);
          }
        });
        // Independent of the plan's own lifetimes: each input of a unit still holds its tensor when the unit reads it.
        units.forEach((unit, index) => {
          for (const input of unit.inputs) {
            const allocation = plan.allocations.find(({ tensors }) => tensors.includes(input));
            if (allocation) expect(allocation.lastUnit).toBeGreaterThanOrEqual(index);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  test('reuse, fusion into place and guard gaps leave the bits of random graphs unchanged', () => {
    fc.assert(
      fc.property(recipe, fc.nat(), (given, seed) => {
        const sample = sampleOf(given);
        const random = makeRandom(seed);
        const inputs = sample.inputs.map((input) => drawInput(input, random));
        const apart = runSample(sample, inputs, { target: 'debug', guarded: true });
        const reused = runSample(sample, inputs);
        const withParts = runSample(sample, inputs, { parts: 3 });
        expect(apart.broken).toEqual([]);
        expect(reused.values).toEqual(apart.values);
        expect(withParts.values).toEqual(apart.values);
      }),
      { numRuns: 150 },
    );
  });
});
