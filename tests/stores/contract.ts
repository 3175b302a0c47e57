// What every store must do. Runs in Node and in a page, so it leans on neither; a violation is an error that says which.

import { dense, loadModel, OptionError, sequential, type ModelStore } from '../../bindings/index.js';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);

function expectBytes(what: string, actual: Uint8Array | undefined, expected: Uint8Array | undefined): void {
  const same =
    actual === expected ||
    (actual?.length === expected?.length && actual?.every((byte, i) => byte === expected![i]) === true);
  if (!same) throw new Error(`${what}: got ${actual?.length} bytes, expected ${expected?.length}`);
}

async function expectRefused(what: string, action: () => Promise<unknown>): Promise<void> {
  const error: unknown = await action().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OptionError)) throw new Error(`${what}: expected an OptionError, got ${String(error)}`);
}

async function expectKeys(what: string, store: ModelStore, keys: readonly string[]): Promise<void> {
  const actual = await store.keys();
  if (String(actual) !== String(keys)) throw new Error(`${what}: keys ${String(actual)}, expected ${String(keys)}`);
}

/** Runs on an empty store and leaves the key 'model', of which it returns the prediction. */
export async function checkStore(store: ModelStore): Promise<number[]> {
  await expectKeys('empty', store, []);
  expectBytes('a key that is not there', await store.get('a'), undefined);
  await store.delete('a');

  const given = fill(300_000, 1);
  await store.set('b', given);
  given.fill(9);
  expectBytes('bytes are kept, not the array', await store.get('b'), fill(300_000, 1));
  (await store.get('b'))!.fill(7);
  expectBytes('what was got is a copy', await store.get('b'), fill(300_000, 1));

  await store.set('B.2-x_', fill(64, 2).subarray(3, 10));
  expectBytes('a view is its part of the buffer', await store.get('B.2-x_'), fill(7, 2));
  await expectKeys('sorted', store, ['B.2-x_', 'b']);
  await store.set('b', fill(5, 3));
  expectBytes('a smaller one replaces all of it', await store.get('b'), fill(5, 3));

  await Promise.all([store.set('b', fill(1000, 4)), store.set('b', fill(2000, 5))]);
  const last = (await store.get('b'))!;
  expectBytes('of two at once one is there, whole', last, last[0] === 4 ? fill(1000, 4) : fill(2000, 5));

  await store.delete('b');
  expectBytes('deleted', await store.get('b'), undefined);
  await expectKeys('deleted', store, ['B.2-x_']);
  await store.delete('B.2-x_');

  for (const key of [
    '',
    '.',
    '..',
    '../a',
    'a/b',
    'a\\b',
    '.a',
    '-a',
    'a:b',
    'ä',
    'a'.repeat(101),
    5,
    undefined,
  ] as string[]) {
    await expectRefused(`get ${key}`, () => store.get(key));
    await expectRefused(`set ${key}`, () => store.set(key, fill(1, 1)));
    await expectRefused(`delete ${key}`, () => store.delete(key));
  }
  await expectRefused('no bytes', () => store.set('a', 'text' as never));
  await expectRefused('a promise', () => store.set('a', Promise.resolve(fill(1, 1)) as never));
  await expectKeys('in the end', store, []);

  using model = sequential([dense(3, { inputShape: [4], activation: 'tanh' }), dense(2)], { seed: 6 });
  await store.set('model', await model.save());
  const expected = await predict(store);
  if (String(expected) !== String([...(await model.predict([[1, 2, 3, 4]])).data])) {
    throw new Error(`a model that was kept predicts ${String(expected)}`);
  }
  return expected;
}

/** What the model of the store predicts. */
export async function predict(store: ModelStore): Promise<number[]> {
  using model = await loadModel((await store.get('model'))!);
  return [...(await model.predict([[1, 2, 3, 4]])).data];
}
