// Every kind of layer in a program that was compiled ahead: the bits of the model, for batches of any size.

import { describe, expect, test } from 'vitest';
import { exportInferenceProgram, input, model, type AnyLayer, type SymbolicTensor } from '../../bindings/index.js';
import { loadInferenceProgram } from '../../bindings/inference/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import { LAYER_CASES, type LayerCase } from '../layers/cases.js';
import { drawValues } from '../model/support.js';

/** One batch of 4, one of 2, and a last one of 1 that the smallest program is too large for. */
const SAMPLES = 7;

function modelOf(made: AnyLayer, { inputs, indices }: LayerCase) {
  const symbolic = inputs.map((shape) => input({ shape, dtype: indices === undefined ? 'float32' : 'int32' }));
  const called: SymbolicTensor | SymbolicTensor[] = made(symbolic);
  return model({ inputs: symbolic, outputs: called, seed: 5, name: 'net' });
}

const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) =>
  list.map((layerCase, i) => [`${kind} ${i + 1}`, layerCase] as const),
);

test.each(cases)('%s', async (_, layerCase) => {
  using net = modelOf(layerCase.make(), layerCase);
  const { inputs, indices } = layerCase;
  const x = inputs.map((shape, i) => {
    const values = drawValues(SAMPLES * sizeOf(shape), i + 1);
    return indices === undefined ? values : Int32Array.from(values, (value) => Math.floor(((value + 1) / 2) * indices));
  });
  const expected = await net.predictAll(x);
  using program = await loadInferenceProgram(await exportInferenceProgram(net, { batchSizes: [2, 4] }));
  expect(program.predictAll(x)).toEqual(expected);
});

describe('several inputs and outputs', () => {
  test('by name and in order', async () => {
    const a = input({ shape: [3], name: 'left' });
    const b = input({ shape: [3], name: 'right' });
    const { add, dense } = await import('../../bindings/index.js');
    const sum = add()([dense(4)(a), dense(4)(b)]);
    using net = model({ inputs: [a, b], outputs: [sum, dense(2)(sum)], seed: 3 });
    const [left, right] = [drawValues(6, 1), drawValues(6, 2)];
    using program = await loadInferenceProgram(await exportInferenceProgram(net));
    const expected = await net.predictAll([left, right]);
    expect(program.predictAll([left, right])).toEqual(expected);
    expect(program.predictAll({ right, left })).toEqual(expected);
    expect(program.predict({ right, left })).toEqual(expected[0]);
    expect(program.inputs.map(({ name }) => name)).toEqual(['left', 'right']);
    expect(() => program.predict({ left })).toThrow("no entry 'right'");
  });
});
