// A model with its preprocessing: the figures come from the rows that are trained on, and the same bits come out.

import { expect, test } from 'vitest';
import {
  dense,
  imputer,
  OptionError,
  pipeline,
  sequential,
  standardScaler,
  StateError,
  withPreprocessing,
} from '../../bindings/index.js';

const rows = Array.from({ length: 20 }, (_, i) => ({ a: i % 5 === 0 ? null : i, b: i * i }));
const y = rows.map(({ b }) => [b / 100]);
const build = () => {
  const net = sequential([dense(1, { inputShape: [2] })], { seed: 3 });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return net;
};
const prepare = () => pipeline([imputer(), standardScaler()]);

test('fits on the training part alone, and gives the bits that transforming by hand gives', async () => {
  using net = build();
  using expected = build();
  const whole = withPreprocessing(net, prepare());
  const history = await whole.fit(rows, y, { epochs: 3, validationSplit: 0.25 });
  const byHand = prepare().fit(rows.slice(0, 15));
  expect(whole.preprocessing.state).toEqual(byHand.state);
  const reference = await expected.fit(byHand.transform(rows), y, { epochs: 3, validationSplit: 0.25 });
  expect(history).toEqual(reference);
  expect(await whole.predict(rows)).toEqual(await expected.predict(byHand.transform(rows)));
  expect(await whole.evaluate(rows, y)).toEqual(await expected.evaluate(byHand.transform(rows), y));
  // The weights are made for the first figures.
  const validationData = { x: rows.slice(15), y: y.slice(15) };
  const later = await whole.fit(rows.slice(5), y.slice(5), { validationData });
  expect(later.history.val_loss).toHaveLength(1);
  expect(whole.preprocessing.state).toEqual(byHand.state);
});

test('refuses prediction before fit, and what is no model or preprocessor', async () => {
  using net = build();
  await expect(withPreprocessing(net, prepare()).predict(rows)).rejects.toThrow(StateError);
  expect(() => withPreprocessing({} as never, prepare())).toThrow(OptionError);
  expect(() => withPreprocessing(net, imputer as never)).toThrow(OptionError);
});
