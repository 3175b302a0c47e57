// Every primitive on every one of its samples: value, gradient, guard words, parts, in place. No primitive needs a line here.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ElementwiseOp, InstructionField, Opcode } from '../../assembly/opcodes.js';
import { lower } from '../../bindings/graph/compile.js';
import type { OpName } from '../../bindings/graph/op.js';
import { opRules } from '../../bindings/ops/index.js';
import type { OpSample } from '../../bindings/ops/sample.js';
import { opSamples } from '../../bindings/ops/samples.js';
import { drawInput, endTeam, makeRandom, runSample, startTeam, type SampleResult } from '../support/sampleRun.js';

const DEFAULT_TOLERANCE = 1e-5;
/** Step of the central difference of the float64 reference. */
const STEP = 1e-6;

const cases = Object.entries(opSamples()) as [OpName, readonly OpSample[]][];
const all = cases.flatMap(([op, samples]) => samples.map((sample) => ({ op, sample, title: `${op}: ${sample.name}` })));
const inputsOf = (sample: OpSample, seed = 1): Float64Array[] => {
  const random = makeRandom(seed);
  return sample.inputs.map((input) => drawInput(input, random));
};

/** Largest error relative to max(1, |expected|); NaN and infinities must be equal. */
function worstError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, Math.fround(expected[i]!)];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b) / Math.max(1, Math.abs(b));
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}

describe.each(cases.filter(([, samples]) => samples.some(({ reference }) => reference)))('%s', (_, samples) => {
  test.each(samples.filter(({ reference }) => reference).map((sample) => [sample.name, sample] as const))(
    'gives the reference value: %s',
    (__, sample) => {
      const inputs = inputsOf(sample);
      const error = worstError(runSample(sample, inputs).values, sample.reference!(inputs));
      expect(error).toBeLessThan(sample.tolerance ?? DEFAULT_TOLERANCE);
    },
  );
});

describe('gradients agree with a random projection of the reference', () => {
  const smooth = all.filter(({ op, sample }) => opRules[op].gradient && sample.reference && (sample.isSmooth ?? true));
  test.each(smooth.map((entry) => [entry.title, entry.sample] as const))('%s', (_, sample) => {
    const inputs = inputsOf(sample, 2);
    const random = makeRandom(3);
    const value = sample.reference!(inputs);
    const projection = Float64Array.from(value, () => Math.fround(random() - 0.5));
    const { gradients } = runSample(sample, inputs, { projection });
    const project = (shifted: readonly Float64Array[]) => {
      const result = sample.reference!(shifted);
      return projection.reduce((sum, weight, i) => sum + weight * result[i]!, 0);
    };
    inputs.forEach((input, index) => {
      if (sample.inputs[index]!.dtype === 'int32' || !gradients[index]) return;
      // A kink (max, relu, sign) between the two points would spoil the difference: single inputs are moved away from it by chance.
      const direction = Float64Array.from(input, () => random() - 0.5);
      const moved = (sign: number) =>
        inputs.map((other, i) => (i === index ? other.map((x, j) => x + sign * STEP * direction[j]!) : other));
      const numeric = (project(moved(1)) - project(moved(-1))) / (2 * STEP);
      const analytic = direction.reduce((sum, step, j) => sum + step * gradients[index]![j]!, 0);
      const scale = Math.max(
        1,
        direction.reduce((sum, step, j) => sum + Math.abs(step * gradients[index]![j]!), 0),
      );
      expect(Math.abs(numeric - analytic) / scale).toBeLessThan(10 * (sample.tolerance ?? DEFAULT_TOLERANCE));
    });
  });
});

describe('writes nothing outside its buffers and trips no assertion of the debug core', () => {
  test.each(all.map((entry) => [entry.title, entry.sample] as const))('%s', (_, sample) => {
    const inputs = inputsOf(sample);
    const debug = runSample(sample, inputs, { target: 'debug', guarded: true });
    expect(debug.broken).toEqual([]);
    expectSameBits(debug, runSample(sample, inputs));
  });
});

describe('gives the same bits in any number of parts, on threads, and in place', () => {
  beforeAll(startTeam);
  afterAll(endTeam);

  test.each(all.map((entry) => [entry.title, entry.sample] as const))('%s', (_, sample) => {
    const inputs = inputsOf(sample);
    const whole = runSample(sample, inputs);
    for (const parts of [2, 3, 5]) expectSameBits(runSample(sample, inputs, { parts }), whole);
    expectSameBits(runSample(sample, inputs, { onThreads: true }), whole);
    expectSameBits(runSample(sample, inputs, { throughIntermediates: true }), whole);
  });
});

/** NaNs may differ in sign and payload between instructions; everything else may not. */
function expectSameBits(got: SampleResult, expected: SampleResult): void {
  const normalize = ({ bits, values }: SampleResult) =>
    bits.map((word, i) => (Number.isNaN(values[i]) ? 0x7fc00000 : word));
  expect(normalize(got)).toEqual(normalize(expected));
}

test('every instruction and every element-wise function is run by some sample or effect', () => {
  const used = new Set<number>();
  const functions = new Set<string>();
  for (const { op, sample } of all) {
    const { compiled } = runSample(sample, inputsOf(sample));
    const regions = new Proxy({}, { get: () => 64, has: () => true });
    for (const { words } of lower(compiled, { regions, constantsAddress: 0, stateAddress: 0 })) {
      used.add(words[InstructionField.opcode]!);
    }
    if (op in ElementwiseOp) functions.add(op);
  }
  const names = (target: object) => Object.keys(target).filter((key) => Number.isNaN(Number(key)));
  const byEffect = [
    'accumulate',
    'adamUpdate',
    'checkFinite',
    'endStepUnless',
    'permutation',
    'rmspropUpdate',
    'sgdUpdate',
    'storeBatch',
  ];
  // No primitive of a graph: tests/core/histogram.test.ts runs it.
  const besideGraphs = ['histogram'];
  expect(
    [...used]
      .map((opcode) => Opcode[opcode]!)
      .concat(byEffect, besideGraphs)
      .sort(),
  ).toEqual(names(Opcode).sort());
  expect([...functions].sort()).toEqual(names(ElementwiseOp).sort());
});
