// Scalers and one-hot labels: what they promise beyond the reference values of tests/golden.

import { describe, expect, test } from 'vitest';
import {
  DataError,
  minMaxScaler,
  oneHot,
  OptionError,
  robustScaler,
  scalerFromConfig,
  ShapeError,
  standardScaler,
  StateError,
  type Scaler,
  type ScalerConfig,
} from '../../bindings/index.js';
import { SCALERS as INDEX } from '../../bindings/data/scalers/index.js';
import { drawValues } from '../model/support.js';

const SCALERS: readonly (readonly [string, () => Scaler])[] = [
  ['standardScaler', standardScaler],
  ['minMaxScaler', () => minMaxScaler({ featureRange: [-2, 3] })],
  ['robustScaler', robustScaler],
];
const samples = { data: drawValues(40, 1).map((value, i) => value * (i % 4) + i), shape: [10, 4] };

describe.each(SCALERS)('%s', (name, make) => {
  test('undoes what it does', () => {
    const scaler = make();
    const back = scaler.inverseTransform(scaler.fitTransform(samples));
    back.data.forEach((value, i) => expect(value).toBeCloseTo(samples.data[i]!, 4));
    expect(back.shape).toEqual(samples.shape);
  });

  test('learns from the training part alone', () => {
    const scaler = make().fit(samples);
    const figures = JSON.stringify(scaler.state);
    scaler.transform({ data: new Float32Array(4).fill(1e6), shape: [1, 4] });
    expect(JSON.stringify(scaler.state)).toBe(figures);
  });

  test('another one takes its state over from JSON', () => {
    const scaler = make().fit(samples);
    const again = make().load(JSON.parse(JSON.stringify(scaler.state)) as NonNullable<Scaler['state']>);
    expect(again.transform(samples).data).toEqual(scaler.transform(samples).data);
    expect(again.name).toBe(name);
  });

  test('comes back from JSON whole', () => {
    const scaler = make().fit(samples);
    const again = scalerFromConfig(JSON.parse(JSON.stringify(scaler)) as ScalerConfig);
    expect(again.config).toEqual(scaler.config);
    expect(again.transform(samples)).toEqual(scaler.transform(samples));
    expect(scalerFromConfig({ name, config: scaler.config }).state).toBeUndefined();
  });

  test('refuses a state that is not its own', () => {
    const state = make().fit(samples).state!;
    const [first] = Object.keys(state);
    for (const wrong of [
      {},
      { ...state, [first!]: [1] },
      { ...state, [first!]: [1, 2, NaN, 4] },
      { ...state, more: [1] },
    ]) {
      expect(() => make().load(wrong)).toThrow(StateError);
    }
    expect(() => make().load(undefined as never)).toThrow(StateError);
  });

  test('keeps a constant feature finite', () => {
    const { data } = make().fitTransform([[5], [5], [5]]);
    expect(data.every(Number.isFinite)).toBe(true);
  });

  test('refuses other features, missing values, and work before fit', () => {
    expect(() => make().transform(samples)).toThrow(StateError);
    expect(() =>
      make()
        .fit(samples)
        .transform([[1, 2, 3]]),
    ).toThrow(ShapeError);
    expect(() => make().fit([[1, NaN]])).toThrow(DataError);
    expect(() => make().fit([])).toThrow(ShapeError);
  });
});

test('minMaxScaler refuses a range out of order', () => {
  expect(() => minMaxScaler({ featureRange: [1, 1] })).toThrow(OptionError);
});

test('there is a scaler of every name, and of no other', () => {
  expect(Object.keys(INDEX).sort()).toEqual(SCALERS.map(([name]) => name).sort());
  expect(() => scalerFromConfig({ name: 'standardscaler', config: {} })).toThrow("Did you mean 'standardScaler'?");
  expect(() => scalerFromConfig({ name: 'standardScaler', config: { mean: 0 } })).toThrow(OptionError);
});

describe('oneHot', () => {
  test('counts the classes itself, and keeps the axes of the labels', () => {
    const { data, shape } = oneHot([
      [0, 2],
      [1, 1],
    ]);
    expect(shape).toEqual([2, 2, 3]);
    expect([...data]).toEqual([1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]);
  });

  test.each([[[0, 3]], [[-1]], [[0.5]]])('refuses %j of 3 classes', (labels) => {
    expect(() => oneHot(labels, 3)).toThrow(DataError);
  });
});
