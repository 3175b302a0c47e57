// What the tests of models share: data, a float64 reference of dense nets, and checks of typed errors.

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { dense, sequential, sgd, type Model, type WasmgradError } from '../../bindings/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';
import { makeRandom } from '../support/sampleRun.js';

export { makeRandom };

/** Values in [-1, 1), the same for the same seed. */
export function drawValues(count: number, seed: number): Float32Array {
  const random = makeRandom(seed * 7919 + 1);
  return Float32Array.from({ length: count }, () => random() * 2 - 1);
}

export interface Samples {
  x: Float32Array;
  y: Float32Array;
}

/** `count` samples of `features` values, and as many targets that depend on them. */
export function drawSamples(count: number, features: number, outputs = 1, seed = 1): Samples {
  const x = drawValues(count * features, seed);
  const y = Float32Array.from({ length: count * outputs }, (_, i) => {
    const row = Math.floor(i / outputs);
    return x
      .subarray(row * features, (row + 1) * features)
      .reduce((sum, value, k) => sum + value * ((k % 3) - 0.5), i % outputs);
  });
  return { x, y };
}

/** The flat values as one array a sample. */
export const rowsOf = (flat: ArrayLike<number>, columns: number): number[][] =>
  Array.from({ length: flat.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => flat[row * columns + column]!),
  );

/** x kernel + bias in float64, one array a sample. */
export function denseReference(x: readonly number[][], kernel: ArrayLike<number>, bias: ArrayLike<number>): number[][] {
  const units = bias.length;
  return x.map((row) =>
    Array.from({ length: units }, (_, unit) =>
      row.reduce((sum, value, k) => sum + value * kernel[k * units + unit]!, bias[unit]!),
    ),
  );
}

/** Mean over samples of the mean over values of the squared difference. */
export function meanSquaredErrorReference(yTrue: ArrayLike<number>, yPred: readonly number[][]): number {
  const columns = yPred[0]!.length;
  const losses = yPred.map(
    (row, i) => row.reduce((sum, value, k) => sum + (value - yTrue[i * columns + k]!) ** 2, 0) / columns,
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

type CompileOptions = Parameters<Model['compile']>[0];

/** A net with one dense layer `out` that learns nothing: figures of `fit` are then those of the first weights. */
export function frozenNet(features: number, outputs: number, options: Partial<CompileOptions> = {}): Model {
  const net = sequential([dense(outputs, { name: 'out', inputShape: [features] })], { seed: 3 });
  net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError', ...options });
  return net;
}

/** What a net of `frozenNet` predicts, in float64. */
export const predictReference = (net: Model, x: ArrayLike<number>, features: number): number[][] =>
  denseReference(rowsOf(x, features), net.parameters()['out/kernel']!, net.parameters()['out/bias']!);

/** Bytes that the heap has handed out. */
export const usedBytes = (): number => getRuntime().heap.usedBytes;

/** SHA-256 of all parameters, in their order. */
export function hashOf(model: Model): string {
  const hash = createHash('sha256');
  for (const [path, values] of Object.entries(model.parameters())) {
    hash.update(path).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** Copies of all parameters. */
export const copyParameters = (model: Model): Record<string, number[]> =>
  Object.fromEntries(Object.entries(model.parameters()).map(([path, values]) => [path, [...values]]));

type ErrorClass = abstract new (...given: never[]) => WasmgradError;

/** Runs or awaits `action`, and checks class, code and words of the error that must come of it. */
export async function expectError(
  action: () => unknown,
  errorClass: ErrorClass,
  code: WasmgradError['code'],
  ...words: readonly (string | RegExp)[]
): Promise<WasmgradError> {
  let error: unknown;
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(errorClass);
  const typed = error as WasmgradError;
  expect(typed.code).toBe(code);
  for (const word of words) expect(typed.message).toMatch(word);
  return typed;
}
