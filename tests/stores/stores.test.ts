// The stores that Node can run: a folder, and any object that keeps bytes by key.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  FormatError,
  indexedDBStore,
  keyValueStore,
  opfsStore,
  OptionError,
  RuntimeError,
  type KeyValueObject,
} from '../../bindings/index.js';
import { fileStore } from '../../bindings/node.js';
import { checkStore } from './contract.js';

const folder = mkdtempSync(join(tmpdir(), 'stores-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An object with the storage of a Durable Object: values are cloned, and have a largest size. */
function storage(maximumBytes = Infinity) {
  const values = new Map<string, Uint8Array<ArrayBuffer>>();
  const later = () => new Promise((resolve) => setImmediate(resolve));
  const object: KeyValueObject = {
    async get(key) {
      await later();
      return structuredClone(values.get(key));
    },
    async put(key, value) {
      await later();
      if (value.length > maximumBytes) throw new Error(`${key}: ${value.length} bytes are too many`);
      values.set(key, structuredClone(value));
    },
    async delete(key) {
      await later();
      return values.delete(key);
    },
    async list({ prefix }) {
      await later();
      return new Map([...values].filter(([key]) => key.startsWith(prefix)));
    },
  };
  return { values, object };
}

/** The same as Cloudflare KV: ArrayBuffers, null for nothing, keys in pages. */
function pagedStorage() {
  const { values, object } = storage();
  const paged: KeyValueObject = {
    ...object,
    get: (key) => values.get(key)?.slice().buffer ?? null,
    list({ prefix, cursor = '0' }) {
      const names = [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
      const end = Number(cursor) + 1;
      return {
        keys: names.slice(Number(cursor), end).map((name) => ({ name })),
        list_complete: end >= names.length,
        cursor: String(end),
      };
    },
  };
  return paged;
}

const isPair = (bytes: Uint8Array | undefined): boolean =>
  bytes !== undefined && bytes.every((byte) => byte === bytes[0]) && bytes.length === 1000 * bytes[0]!;

describe('every store', () => {
  test.each([
    ['fileStore', () => fileStore(join(folder, 'deep', 'models'))],
    ['keyValueStore', () => keyValueStore(storage().object)],
    ['keyValueStore in pieces', () => keyValueStore(storage(1000).object, { maximumValueBytes: 1000, prefix: '' })],
    ['keyValueStore in pages', () => keyValueStore(pagedStorage())],
  ])('%s keeps models', async (_, make) => {
    const prediction = await checkStore(make());
    expect(prediction).toHaveLength(2);
    const store = make();
    const buffer = Buffer.from('a part of a pool').subarray(2, 6);
    await store.set('buffer', buffer);
    expect(Buffer.from((await store.get('buffer'))!).toString()).toBe('part');
  });
});

describe('keyValueStore', () => {
  test('a set that is cut off at any moment leaves the old model or the new one, and the next clears up', async () => {
    for (let allowed = 0; ; allowed++) {
      const { values, object } = storage(500);
      const options = { maximumValueBytes: 500 };
      await keyValueStore(object, options).set('m', new Uint8Array(3000).fill(3));
      let calls = 0;
      const limited =
        (method: (...given: never[]) => unknown) =>
        (...given: never[]) => {
          if (++calls > allowed) throw new Error('cut off');
          return method(...given);
        };
      const cut: KeyValueObject = {
        get: object.get,
        put: limited(object.put),
        delete: limited(object.delete),
      };
      const isDone = await keyValueStore(cut, options)
        .set('m', new Uint8Array(5000).fill(5))
        .then(
          () => true,
          () => false,
        );
      const whole = keyValueStore(object, options);
      expect(isPair(await whole.get('m'))).toBe(true);
      await whole.set('m', new Uint8Array(4000).fill(4));
      await whole.set('m', new Uint8Array(1000).fill(1));
      expect(isPair(await whole.get('m'))).toBe(true);
      expect(await whole.keys()).toEqual(['m']);
      if (isDone) {
        // The entry and its two pieces.
        expect(values.size).toBe(3);
        return;
      }
    }
  });

  test('a piece that is gone is an error that names it', async () => {
    const { values, object } = storage();
    const store = keyValueStore(object, { maximumValueBytes: 500 });
    await store.set('m', new Uint8Array(1200));
    values.delete('wasmgrad/m/1/1');
    await expect(store.get('m')).rejects.toThrow(FormatError);
    await expect(store.get('m')).rejects.toThrow(/piece 1 of 3/);
  });

  test('refuses what can keep nothing, and values that are no bytes', async () => {
    expect(() => keyValueStore({ get: () => null } as never)).toThrow(OptionError);
    expect(() => keyValueStore(storage().object, { maximumValueBytes: 5 })).toThrow(OptionError);
    expect(() => keyValueStore(storage().object, { chunk: 5 } as never)).toThrow(OptionError);
    const { get, put, delete: remove } = storage().object;
    await expect(keyValueStore({ get, put, delete: remove }).keys()).rejects.toThrow(/list/);
    await expect(keyValueStore({ get: () => 'text', put, delete: remove }).get('a')).rejects.toThrow(/'text'/);
  });
});

describe('fileStore', () => {
  test('a process that is killed while it writes leaves a whole model', async () => {
    const place = join(folder, 'killed');
    const script = join(folder, 'write.mjs');
    const store = fileStore(place);
    await store.set('m', new Uint8Array(1000).fill(1));
    writeFileSync(
      script,
      `import { fileStore } from ${JSON.stringify(new URL('../../bindings/node.ts', import.meta.url).href)};
       const store = fileStore(${JSON.stringify(place)});
       process.stdout.write('ready');
       for (let i = 0; ; i++) await store.set('m', new Uint8Array(1000 * (100 + (i % 100))).fill(100 + (i % 100)));`,
    );
    for (let kill = 0; kill < 8; kill++) {
      const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, 7 * kill));
      const isGone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await isGone;
      expect(isPair(await store.get('m'))).toBe(true);
    }
    writeFileSync(join(place, 'm.safetensors.999999999-0.tmp'), 'of a process that is gone');
    expect(await store.keys()).toEqual(['m']);
    await store.set('m', new Uint8Array(1000).fill(1));
    expect(readdirSync(place)).toEqual(['m.safetensors']);
    expect(isPair(readFileSync(join(place, 'm.safetensors')))).toBe(true);
  }, 60_000);

  test('two stores of one folder at once leave one of their models, whole', async () => {
    const place = join(folder, 'two');
    const stores = [fileStore(place), fileStore(place)];
    for (let turn = 0; turn < 20; turn++) {
      await Promise.all(
        stores.map((store, i) => store.set('m', new Uint8Array(1000 * (200 * i + 50)).fill(200 * i + 50))),
      );
      expect(isPair(await stores[0]!.get('m'))).toBe(true);
    }
    expect(readdirSync(place)).toEqual(['m.safetensors']);
  });

  test('what a process of the same number left beside is removed; what is being written is not', async () => {
    const place = join(folder, 'number');
    const store = fileStore(place);
    await store.set('m', new Uint8Array(10));
    const [old, present] = ['old', 'new'].map((part) => `m.safetensors.${process.pid}-${part}.tmp`) as [string, string];
    writeFileSync(join(place, old), 'of a process before');
    utimesSync(join(place, old), 1, 1);
    writeFileSync(join(place, present), 'of another thread');
    await store.set('m', new Uint8Array(10));
    expect(readdirSync(place).sort()).toEqual(['m.safetensors', present]);
  });

  test('what can not be written is an error, and nothing stays beside', async () => {
    const place = join(folder, 'blocked');
    const store = fileStore(place);
    await store.set('a', new Uint8Array(10));
    // A folder stands where the file is to be.
    const blocked = fileStore(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken'), 'a file');
    await expect(blocked.set('a', new Uint8Array(1))).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(blocked.get('a')).rejects.toThrow(/ENOTDIR/);
    expect(readdirSync(place)).toEqual(['a.safetensors']);
  });
});

test('stores of browsers say where they are not', async () => {
  await expect(indexedDBStore().get('a')).rejects.toThrow(RuntimeError);
  await expect(opfsStore().keys()).rejects.toThrow(RuntimeError);
  expect(() => opfsStore({ folder: '../a' })).toThrow(OptionError);
  expect(() => indexedDBStore({ database: 'a' } as never)).toThrow(OptionError);
});
