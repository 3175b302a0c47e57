// ONNX Runtime beside the library: the same file and the same samples, and how far the results are apart.

import * as ort from 'onnxruntime-web';
import { expect } from 'vitest';
import {
  input,
  model as functional,
  type AnyLayer,
  type Model,
  type Shape,
  type SymbolicTensor,
} from '../../bindings/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import type { LayerCase } from '../layers/cases.js';
import { drawValues } from '../model/support.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export type Samples = Float32Array | Int32Array;

/** Values of a sample's input and its shape. */
export interface Feed {
  shape: Shape;
  values: Samples;
}

/** What ONNX Runtime makes of a batch: every output, in the file's order. */
export async function runInOrt(file: Uint8Array, feeds: readonly Feed[], batch: number): Promise<ort.Tensor[]> {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  try {
    const tensors = feeds.map(({ shape, values }, i) => {
      const type = values instanceof Int32Array ? 'int32' : 'float32';
      return [session.inputNames[i]!, new ort.Tensor(type, values as never, [batch, ...shape])];
    });
    const results = await session.run(Object.fromEntries(tensors) as Record<string, ort.Tensor>);
    return session.outputNames.map((name) => results[name]!);
  } finally {
    await session.release();
  }
}

/** A model of one layer with weights that are not those of its initialisers: moments and biases too. */
export function modelOfCase(made: AnyLayer, { inputs, indices }: LayerCase): Model {
  const symbolic = inputs.map((shape) => input({ shape, dtype: indices === undefined ? 'float32' : 'int32' }));
  const called: SymbolicTensor | SymbolicTensor[] = made(symbolic);
  return withDrawnWeights(functional({ inputs: symbolic, outputs: called, seed: 5, name: 'net' }));
}

/** Gives a model weights in [-0.5, 0.5), and variances in [0.5, 1.5). */
export function withDrawnWeights(net: Model): Model {
  const drawn = Object.entries(net.parameters()).map(([path, { length }], i) => {
    const shift = /variance/i.test(path) ? 1 : 0;
    return [path, drawValues(length, i + 50).map((value) => value / 2 + shift)] as const;
  });
  net.setParameters(Object.fromEntries(drawn));
  return net;
}

export const feedsOf = (inputs: readonly Shape[], batch: number, indices?: number): Feed[] =>
  inputs.map((shape, i) => {
    const values = drawValues(batch * sizeOf(shape), i + 1);
    if (indices === undefined) return { shape, values };
    return { shape, values: Int32Array.from(values, (value) => Math.floor(((value + 1) / 2) * indices)) };
  });

export const argumentOf = (feeds: readonly Feed[]): never =>
  (feeds.length === 1 ? feeds[0]!.values : feeds.map(({ values }) => values)) as never;

/** The largest difference of two lists, as a share of the larger of 1 and the expected value. */
export function worstError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }
  return worst;
}

/** Runs a file in ONNX Runtime and checks every output against the model's prediction. */
export async function checkInOrt(net: Model, file: Uint8Array, feeds: readonly Feed[], batch: number): Promise<void> {
  const ours = await net.predictAll(argumentOf(feeds));
  const theirs = await runInOrt(file, feeds, batch);
  expect(theirs.map(({ dims }) => dims)).toEqual(ours.map(({ shape }) => shape));
  ours.forEach(({ data }, i) => expect(worstError(theirs[i]!.data as Float32Array, data)).toBeLessThan(1e-5));
}
