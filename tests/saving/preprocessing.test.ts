// Preprocessing is part of the file: a loaded model takes the same tables and predicts the same bits.

import { expect, test } from 'vitest';
import {
  categoryEncoder,
  columnTransformer,
  dense,
  imputer,
  loadModel,
  loadPreprocessedModel,
  minMaxScaler,
  OptionError,
  pipeline,
  robustScaler,
  sequential,
  standardScaler,
  StateError,
  withPreprocessing,
} from '../../bindings/index.js';

const rows = Array.from({ length: 20 }, (_, i) => ({
  rooms: i % 5 === 0 ? null : i,
  size: i * i + 0.1,
  city: i % 3 === 0 ? 'Bern' : 'Basel',
  floor: i % 4,
}));
const rents = rows.map(({ size }) => [size / 100]);
const prepare = () =>
  columnTransformer([
    {
      columns: ['rooms', 'size'],
      transformer: pipeline([imputer({ strategy: 'median', addIndicator: true }), standardScaler()]),
    },
    { columns: ['size'], transformer: minMaxScaler() },
    { columns: ['city'], transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
    { columns: ['floor'], transformer: 'passthrough' },
  ]);

async function trained() {
  const net = sequential([dense(4, { activation: 'tanh' }), dense(1)], { seed: 3 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const flats = withPreprocessing(net, prepare());
  await flats.fit(rows, rents, { epochs: 3, validationSplit: 0.25 });
  return flats;
}

const others = [
  { rooms: null, size: 3, city: 'Chur', floor: 9 },
  { rooms: 2, size: -0, city: 'Bern', floor: 1 },
];

test('comes back with the model, and trains on with it', async () => {
  const flats = await trained();
  using _ = flats.model;
  const again = await loadPreprocessedModel(await flats.save({ training: true }));
  using __ = again.model;
  expect(await again.predict(others)).toEqual(await flats.predict(others));
  expect(await again.evaluate(rows, rents)).toEqual(await flats.evaluate(rows, rents));
  expect(again.preprocessing.state).toEqual(flats.preprocessing.state);
  expect(await again.fit(rows, rents)).toEqual(await flats.fit(rows, rents));
  expect(await again.save()).toEqual(await flats.save());
});

test('a scaler alone, with figures that are no decimal numbers', async () => {
  using net = sequential([dense(1)], { seed: 3 });
  net.build([2]);
  const scaled = withPreprocessing(net, pipeline([robustScaler()]));
  const file = scaled.save();
  await expect(
    file.then((bytes) => loadPreprocessedModel(bytes)).then(({ predict }) => predict(others)),
  ).rejects.toThrow(StateError);
  scaled.preprocessing.fit([
    { a: -1 / 3, b: 1e-300 },
    { a: 2 ** -40, b: 7 },
  ]);
  const again = await loadPreprocessedModel(await scaled.save());
  using _ = again.model;
  expect(again.preprocessing.state).toEqual(scaled.preprocessing.state);
});

test('each kind of file has its own way in', async () => {
  const flats = await trained();
  using _ = flats.model;
  await expect(flats.save().then((bytes) => loadModel(bytes))).rejects.toThrow(/loadPreprocessedModel/);
  await expect(flats.model.save().then((bytes) => loadPreprocessedModel(bytes))).rejects.toThrow(OptionError);
});
