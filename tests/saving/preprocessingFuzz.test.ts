// A model saved with its preprocessing, the file broken: a typed error, or a model that predicts or refuses as any other.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  categoryEncoder,
  columnTransformer,
  dense,
  FormatError,
  imputer,
  loadPreprocessedModel,
  minMaxScaler,
  pipeline,
  robustScaler,
  sequential,
  standardScaler,
  withPreprocessing,
  type PreprocessedModel,
} from '../../bindings/index.js';
import { usedBytes } from '../model/support.js';
import { cuts, failureOf, flips, mutate, oddValues, waysThrough } from '../support/fuzz.js';
import { withDescription } from './support.js';

const rows = [
  { rooms: 3, size: 70, age: 12, city: 'Bern', __heating: 'gas' },
  { rooms: null, size: 55, age: 40, city: '__proto__', __heating: 'oil' },
  { rooms: 5, size: 130, age: 3, city: 'constructor', __heating: null },
  { rooms: 2, size: 48, age: 71, city: 'Basel', __heating: 'gas' },
];

/** Every preprocessor that takes tables, some within others. */
const file = await (async (): Promise<Uint8Array> => {
  using net = sequential([dense(1, { inputShape: [9] })]);
  net.compile({ optimizer: 'sgd', loss: 'mse' });
  const prepare = columnTransformer([
    { columns: ['rooms'], transformer: pipeline([imputer(), standardScaler()]) },
    { columns: ['size'], transformer: minMaxScaler() },
    { columns: ['age'], transformer: robustScaler() },
    { columns: ['city'], transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
    { columns: ['__heating'], transformer: pipeline([imputer({ strategy: 'mostFrequent' }), categoryEncoder()]) },
  ]);
  const flats = withPreprocessing(net, prepare);
  await flats.fit(rows, [1, 2, 3, 4]);
  return flats.save();
})();

/** Loads, and predicts. */
async function attempt(given: Uint8Array): Promise<{ error: Error | undefined; isLoaded: boolean }> {
  const before = usedBytes();
  let flats: PreprocessedModel | undefined;
  const error = await failureOf(async () => {
    flats = await loadPreprocessedModel(given);
    expect((await flats.predict(rows)).data.length).toBe(rows.length);
  });
  flats?.model.dispose();
  expect(usedBytes()).toBe(before);
  return { error, isLoaded: flats !== undefined };
}

test('the file itself is sound', async () => {
  expect(await attempt(file)).toEqual({ error: undefined, isLoaded: true });
});

test('a byte changed, or cut short, at every offset', async () => {
  for (const broken of [...flips(file), ...cuts(file)]) {
    const { error } = await attempt(broken);
    expect(error).toBeInstanceOf(FormatError);
  }
}, 120_000);

describe('broken on purpose, the digest made to fit', () => {
  const odd = oddValues(
    { $number: 'NaN' },
    { $number: '-Infinity' },
    [null],
    ['a', 'a'],
    [1e300, -1e300],
    { name: 'imputer', config: {} },
    { name: 'pipeline', config: { steps: [] } },
    { name: 'columnTransformer', config: { parts: [{ columns: ['__proto__'], transformer: 'passthrough' }] } },
    { name: 'textVectorizer', config: {} },
  );

  test('any value at any place', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(waysThrough(14), odd, fc.nat(3), async (steps, value, how) => {
        const broken = withDescription(file, (description) =>
          mutate(description.preprocessing as object, steps, value, how),
        );
        const { error, isLoaded } = await attempt(broken);
        seen.add(`${isLoaded ? 'loaded' : 'refused'}: ${error?.constructor.name ?? 'predicts'}`);
        if (!isLoaded && error instanceof FormatError) expect(error.message).toMatch(/byte \d+: .*expected/s);
      }),
      { numRuns: 1500 },
    );
    expect([...seen]).toContain('refused: FormatError');
    expect([...seen]).toContain('loaded: predicts');
  }, 120_000);
});
