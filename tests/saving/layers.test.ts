// Every kind of layer comes back from a file: the same predictions, and the same bytes after training on.

import { describe, expect, test } from 'vitest';
import { adam, input, loadModel, model, type AnyLayer, type Model, type SymbolicTensor } from '../../bindings/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import { LAYER_CASES, type LayerCase } from '../layers/cases.js';
import { drawValues, hashOf } from '../model/support.js';

const SAMPLES = 4;

function modelOf(made: AnyLayer, { inputs, indices }: LayerCase): Model {
  const symbolic = inputs.map((shape) => input({ shape, dtype: indices === undefined ? 'float32' : 'int32' }));
  const called: SymbolicTensor | SymbolicTensor[] = made(symbolic);
  return model({ inputs: symbolic, outputs: called, seed: 5, name: 'net' });
}

function dataOf({ inputs, indices }: LayerCase) {
  return inputs.map((shape, i) => {
    const values = drawValues(SAMPLES * sizeOf(shape), i + 1);
    return indices === undefined ? values : Int32Array.from(values, (value) => Math.floor(((value + 1) / 2) * indices));
  });
}

const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) =>
  list.map((layerCase, i) => [`${kind} ${i + 1}`, layerCase] as const),
);

describe.each(cases)('%s', (_, layerCase) => {
  test('predicts and trains on as it did', async () => {
    using net = modelOf(layerCase.make(), layerCase);
    const x = dataOf(layerCase);
    const y = (await net.predictAll(x)).map(({ data }, i) => drawValues(data.length, 30 + i));
    net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
    await net.fit(x, y, { epochs: 2, batchSize: 2 });
    using bare = await loadModel(await net.save());
    using whole = await loadModel(await net.save({ training: true }));
    const expected = await net.predictAll(x);
    expect(await bare.predictAll(x)).toEqual(expected);
    expect(whole.summary()).toBe(net.summary());
    await net.fit(x, y, { epochs: 2, batchSize: 2 });
    await whole.fit(x, y, { epochs: 2, batchSize: 2 });
    expect(hashOf(whole)).toBe(hashOf(net));
  });
});
