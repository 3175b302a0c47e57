// Every kind of layer, by TensorFlow.js itself: what we write it reads, what it writes we read, with the same predictions.

import { describe, expect, test } from 'vitest';
import { exportTfjs, importTfjs, TFJS_LAYERS } from '../../bindings/formats/tfjs/index.js';
import { COMPOSED, TRANSLATIONS, UNSHARED } from '../../bindings/formats/tfjs/layers/index.js';
import { sizeOf, type Shape } from '../../bindings/graph/shape.js';
import { input, model, OptionError, type AnyLayer, type Model, type SymbolicTensor } from '../../bindings/index.js';
import { LAYER_KINDS } from '../../bindings/layers/index.js';
import { LAYER_CASES, type LayerCase } from '../layers/cases.js';
import { drawValues } from '../model/support.js';
import { expectClose } from './close.js';
import { filesOf, loadInTensorFlow, predictInTensorFlow, saveInTensorFlow } from './tensorflow.js';

const SAMPLES = 3;

function modelOf(made: AnyLayer, { inputs, indices }: LayerCase): Model {
  const symbolic = inputs.map((shape) => input({ shape, dtype: indices === undefined ? 'float32' : 'int32' }));
  const called: SymbolicTensor | SymbolicTensor[] = made(symbolic);
  return model({ inputs: symbolic, outputs: called, seed: 5, name: 'net' });
}

/** Weights of any size, positive where they have to be. */
function scramble(net: Model): void {
  for (const [i, [path, view]] of Object.entries(net.parameters()).entries()) {
    view.set(drawValues(view.length, 100 + i));
    if (path.endsWith('movingVariance')) for (let k = 0; k < view.length; k++) view[k] = Math.abs(view[k]!) + 0.5;
  }
}

const dataOf = ({ inputs, indices }: LayerCase) =>
  inputs.map((shape: Shape, i) => {
    const values = drawValues(SAMPLES * sizeOf(shape), i + 1);
    const data =
      indices === undefined ? values : Int32Array.from(values, (value) => Math.floor(((value + 1) / 2) * indices));
    return { data, shape: [SAMPLES, ...shape] };
  });

const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) =>
  list.map((layerCase, i) => [`${kind} ${i + 1}`, kind, layerCase] as const),
);

/** Cases with an option that TensorFlow.js does not have, and what its refusal names. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'activation 2': /activation .*elu/,
  'bidirectional 2': /resetAfter/,
  'bidirectional 3': /states/,
  'conv1d 2': /groups/,
  'conv2d 2': /groups/,
  'conv2d 3': /activityRegularizer/,
  'conv2dTranspose 2': /padding/,
  'dense 2': /activityRegularizer/,
  'globalAveragePooling2d 1': /keepDims/,
  'globalMaxPooling1d 1': /keepDims/,
  'gru 1': /resetAfter/,
  'gru 3': /resetAfter|hardSigmoid/,
  'lstm 3': /activityRegularizer/,
  'residual 2': /stochasticDepth/,
  'spatialDropout 1': /spatial dropout of images/,
  'upSampling2d 2': /interpolation/,
};

/** TensorFlow.js saves such a layer without its depth_multiplier, and can't load it again either. */
const FORGOTTEN = new Set(['separableConv2d 2']);

describe.each(cases)('%s', (name, kind, layerCase) => {
  const refusal = Object.hasOwn(UNSHARED, kind) ? /can't be written/ : REFUSED[name];
  if (refusal) {
    test('is refused, with what to do', () => {
      using net = modelOf(layerCase.make(), layerCase);
      expect(() => exportTfjs(net)).toThrow(OptionError);
      expect(() => exportTfjs(net)).toThrow(refusal);
    });
    return;
  }
  test('there and back', async () => {
    using net = modelOf(layerCase.make(), layerCase);
    scramble(net);
    const inputs = dataOf(layerCase);
    const expected = (await net.predictAll(inputs.map(({ data }) => data))).map(({ data }) => data);
    const theirs = await loadInTensorFlow(exportTfjs(net).artifacts);
    // TensorFlow.js gives samples that are one number an axis of their own.
    if (layerCase.inputs[0]!.length > 0) {
      const predicted = predictInTensorFlow(theirs, inputs);
      expected.forEach((output, i) => expectClose(predicted[i]!, output));
    }
    const written = await saveInTensorFlow(theirs);
    theirs.dispose();
    if (FORGOTTEN.has(name)) return;
    using back = await importTfjs(filesOf(written));
    const again = await back.predictAll(inputs.map(({ data }) => data));
    expected.forEach((output, i) => expectClose(again[i]!.data, output));
  });
});

test('every kind of layer is shared, composed, or named with the reason', () => {
  const known = [...TRANSLATIONS.map(({ kind }) => kind), ...Object.keys(COMPOSED), ...Object.keys(UNSHARED)];
  expect([...new Set(known)].sort()).toEqual([...LAYER_KINDS].sort());
  expect(Object.keys(TFJS_LAYERS).filter((kind) => Object.hasOwn(UNSHARED, kind))).toEqual([]);
});
