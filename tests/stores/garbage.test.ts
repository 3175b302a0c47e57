// Stores whose values others have changed: bytes, nothing, or a FormatError; never what a list of pieces says alone.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  FormatError,
  indexedDBStore,
  keyValueStore,
  loadModel,
  opfsStore,
  RuntimeError,
  type KeyValueObject,
  type ModelStore,
} from '../../bindings/index.js';
import { cuts, failureOf, flips, oddValues } from '../support/fuzz.js';

const MODEL = new Uint8Array(1200).map((_, i) => i);
const OPTIONS = { maximumValueBytes: 500 };

function storage(values = new Map<string, unknown>()) {
  const object: KeyValueObject = {
    get: (key) => values.get(key),
    put: (key, value) => values.set(key, value),
    delete: (key) => values.delete(key),
    list: ({ prefix }) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  };
  return { values, object };
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Reads, and if there is anything has it loaded: it is no model, and is refused. */
async function attempt(store: ModelStore): Promise<Error | undefined> {
  let bytes: Uint8Array | undefined;
  const error = await failureOf(async () => {
    bytes = await store.get('m');
    expect(bytes === undefined || bytes instanceof Uint8Array).toBe(true);
    if (bytes && Buffer.compare(bytes, MODEL) !== 0) await loadModel(bytes);
  });
  if (error) expect(error).toBeInstanceOf(FormatError);
  return error;
}

describe('keyValueStore in pieces', () => {
  const whole = async () => {
    const { values, object } = storage();
    await keyValueStore(object, OPTIONS).set('m', MODEL);
    return { values, store: keyValueStore(object, OPTIONS) };
  };

  test('a list of pieces with any byte changed, or cut short: the model, or an error; and it can be set again', async () => {
    const { values, store } = await whole();
    const list = values.get('wasmgrad/m') as Uint8Array;
    const pieces = [...values].filter(([key]) => key !== 'wasmgrad/m');
    let refused = 0;
    for (const broken of [...flips(list), ...cuts(list)]) {
      values.set('wasmgrad/m', broken);
      if (await attempt(store)) refused++;
      await store.set('m', MODEL);
      expect(await attempt(store)).toBeUndefined();
      values.clear();
      for (const [key, value] of pieces) values.set(key, value);
    }
    expect(refused).toBeGreaterThan(list.length);
  });

  test.each<[string, unknown]>([
    ['a size that no memory has', { generation: 1, pieces: 3, bytes: 2 ** 50 }],
    ['pieces without end', { generation: 1, pieces: 2 ** 50, bytes: 1200 }],
    ['pieces of which few are there', { generation: 1, pieces: 2 ** 20, bytes: 2 ** 40 }],
    ['a size that is too small', { generation: 1, pieces: 3, bytes: 1199 }],
    ['too few pieces', { generation: 1, pieces: 2, bytes: 1200 }],
    ['no pieces, and a size', { generation: 1, pieces: 0, bytes: 1200 }],
    ['counts that are none', { generation: '../..', pieces: 3, bytes: 1200 }],
    ['fractions', { generation: 1, pieces: 2.5, bytes: 1200 }],
    ['no object', [1, 3, 1200]],
    ['a prototype', JSON.parse('{"__proto__": {"pieces": 3}, "generation": 1, "pieces": 3, "bytes": 1200}')],
  ])('%s', async (_, list) => {
    const { values, store } = await whole();
    values.set('wasmgrad/m', encode(list));
    const error = await attempt(store);
    expect(error).toBeInstanceOf(FormatError);
    expect(error!.message).toMatch(/'m'.*byte \d+.*expected/);
    await store.set('m', MODEL);
    expect(await attempt(store)).toBeUndefined();
    await store.delete('m');
    expect(await store.get('m')).toBeUndefined();
  });

  test('any list', async () => {
    const { values, store } = await whole();
    await fc.assert(
      fc.asyncProperty(oddValues(), oddValues(), oddValues(), async (generation, pieces, bytes) => {
        values.set('wasmgrad/m', encode({ generation, pieces, bytes }));
        await attempt(store);
      }),
      { numRuns: 500 },
    );
  });
});

test('any value: bytes, nothing, or an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.anything(), fc.uint8Array()), async (value) => {
      const { object } = storage(new Map([['wasmgrad/m', value]]));
      await attempt(keyValueStore(object));
      await attempt(keyValueStore(object, OPTIONS));
    }),
    { numRuns: 500 },
  );
});

test.each<[string, (options: { cursor?: string }) => unknown]>([
  ['no list', () => null],
  ['a text', () => 'wasmgrad/m'],
  ['keys that are none', () => ({ keys: [null, {}, { name: 5 }] })],
  ['names that are none', () => [5, null, {}]],
  ['pages without end', () => ({ keys: [], list_complete: false, cursor: 'again' })],
])('a listing that is %s', async (_, list) => {
  const { object } = storage();
  const error = await failureOf(() => keyValueStore({ ...object, list: list as never }).keys());
  expect(error).toBeInstanceOf(FormatError);
  expect(error!.message).toMatch(/keyValueStore: .*expected/);
});

describe('stores of browsers', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** A database that answers with one value. */
  function stubDatabase(value: unknown): void {
    const answer = (result: unknown) => {
      const request = { result } as { result: unknown; onsuccess?: () => void };
      setImmediate(() => request.onsuccess?.());
      return request;
    };
    const transaction = () => {
      const made = { objectStore: () => ({ get: () => answer(value), getAllKeys: () => answer(value) }) };
      setImmediate(() => setImmediate(() => (made as { oncomplete?: () => void }).oncomplete?.()));
      return made;
    };
    vi.stubGlobal('indexedDB', { open: () => answer({ transaction, close: () => undefined }) });
  }

  test('a database with any value', async () => {
    stubDatabase(MODEL);
    expect(await indexedDBStore().get('m')).toEqual(MODEL);
    for (const value of ['text', 5, {}, { byteLength: 5 }, [1, 2], new Float32Array(4), new Date(0)]) {
      stubDatabase(value);
      expect(await attempt(indexedDBStore())).toBeInstanceOf(FormatError);
    }
    stubDatabase([5, 'b', new Date(0), '../c', ['d'], 'a']);
    expect(await indexedDBStore().keys()).toEqual(['a', 'b']);
  });

  const giving =
    <T>(value: T) =>
    () =>
      Promise.resolve(value);

  /** A private file system with one folder, where asking for a file gives this. */
  const stubFolder = (getFileHandle: () => Promise<unknown>) =>
    vi.stubGlobal('navigator', {
      storage: { getDirectory: giving({ getDirectoryHandle: giving({ getFileHandle }) }) },
    });

  test('a folder whose files are garbage, or folders', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        const file = { size: bytes.length, arrayBuffer: giving(bytes.slice().buffer) };
        stubFolder(giving({ getFile: giving(file) }));
        await attempt(opfsStore());
      }),
    );
    stubFolder(() => Promise.reject(new DOMException('It is a directory', 'TypeMismatchError')));
    const error = await failureOf(() => opfsStore().get('m'));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error!.message).toMatch(/TypeMismatchError/);
  });
});
