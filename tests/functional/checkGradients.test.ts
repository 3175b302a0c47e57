// The public check of gradients: quiet where they are right, loud where they are not.

import { describe, expect, test } from 'vitest';
import {
  checkGradients,
  dense,
  dropout,
  layerNormalization,
  OptionError,
  statelessCall,
  type TensorFunction,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

const x = { data: drawValues(12, 1), shape: [3, 4] };
const w = { data: drawValues(20, 2), shape: [4, 5] };

test('is small for right gradients, of every float32 input and several outputs', () => {
  const { worst, errors } = checkGradients(
    ({ x: a, w: b, scale, index }) => ({ y: a.matmul(b).tanh().mul(scale), rows: a.gather(index).softmax() }),
    { x, w, scale: 1.5, index: Int32Array.of(2, 0) },
  );
  expect(Object.keys(errors).sort()).toEqual(['scale', 'w', 'x']);
  expect(worst).toBe(Math.max(...Object.values(errors)));
  expect(worst).toBeLessThan(1e-4);
});

test('checks only the inputs that are asked for', () => {
  const f: TensorFunction<'x' | 'w', 'y'> = ({ x: a, w: b }) => ({ y: a.matmul(b).tanh() });
  expect(Object.keys(checkGradients(f, { x, w }, { inputs: ['w'] }).errors)).toEqual(['w']);
  expect(() => checkGradients(f, { x, w }, { inputs: ['v' as 'w'] })).toThrow(/unknown input 'v'/);
});

test('takes layers, and the same noise at every point', () => {
  const norm = layerNormalization();
  const { worst } = checkGradients(
    ({ x: a, kernel, bias, gamma, beta }) => {
      const hidden = statelessCall(dense(5, { activation: 'gelu' }), [a], { parameters: { kernel, bias } }).outputs[0]!;
      const noisy = statelessCall(dropout(0.4), [hidden], { training: true }).outputs[0]!;
      return { y: statelessCall(norm, [noisy.add(hidden)], { parameters: { gamma, beta } }).outputs[0]! };
    },
    { x, kernel: w, bias: drawValues(5, 3), gamma: drawValues(5, 4), beta: drawValues(5, 5) },
    { seed: 3 },
  );
  expect(worst).toBeLessThan(2e-3);
});

test('is small where the gradient is 0, and for outputs of any size', () => {
  expect(checkGradients(({ x: a }) => ({ y: a.softmax().sum({ axis: -1 }) }), { x }).worst).toBeLessThan(0.01);
  for (const factor of [1e-12, 1e12]) {
    expect(checkGradients(({ x: a }) => ({ y: a.square().mul(factor) }), { x }).worst).toBeLessThan(1e-3);
  }
});

describe('is large', () => {
  // Gradients that differ from the slopes: round counts as flat, and a detour through integers is not differentiated.
  const wrong: readonly (readonly [string, TensorFunction<'x', 'y'>])[] = [
    ['for steps that count as flat', ({ x: a }) => ({ y: a.mul(1000).round() })],
    ['for a term that the gradient leaves out', ({ x: a }) => ({ y: a.add(a.mul(1000).round().div(1000)) })],
    ['for values that are no numbers', ({ x: a }) => ({ y: a.sub(10).log() })],
  ];
  test.each(wrong)('%s', (_, f) => {
    expect(checkGradients(f, { x }).worst).toBeGreaterThan(0.3);
  });
});

test.each([{ directions: 0 }, { stepSize: 0 }, { step: -1 }, { stepsize: 1 } as never])('refuses %j', (options) => {
  expect(() => checkGradients(({ x: a }) => ({ y: a }), { x }, options)).toThrow(OptionError);
});
