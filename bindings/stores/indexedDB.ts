import { RuntimeError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import { checkBytes, checkKey, checkValue, sortedKeys, type ModelStore } from './store.js';

const MODELS = 'models';

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
}

function opened(where: string, name: string): Promise<IDBDatabase> {
  const { indexedDB } = globalThis as { indexedDB?: IDBFactory };
  if (!indexedDB) throw new RuntimeError(`${where}: this host has no IndexedDB. Use another store.`);
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(MODELS);
  return settled(request);
}

/**
 * A store in the browser's database, for pages and workers; it outlives the page. Each set is one transaction.
 *
 * @param options.name Of the database; 'wasmgrad' by default.
 * @throws RuntimeError where there is no IndexedDB, or no room: the browser's own error is its cause. @throws FormatError for a
 *   value that is no bytes, which others put there.
 * @example
 * const store = indexedDBStore();
 * await store.set('latest', await model.save());
 * const model = await loadModel(await store.get('latest'));
 */
export function indexedDBStore(options: { name?: string } = {}): ModelStore {
  const where = 'indexedDBStore';
  checkOptions(where, options, ['name']);
  const { name = 'wasmgrad' } = options;

  /** Runs one transaction and waits until it is on disk. */
  async function transact<T>(mode: IDBTransactionMode, run: (models: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    let database: IDBDatabase | undefined;
    try {
      database = await opened(where, name);
      const transaction = database.transaction(MODELS, mode, { durability: 'strict' });
      const isDone = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error!);
      });
      const [result] = await Promise.all([settled(run(transaction.objectStore(MODELS))), isDone]);
      return result;
    } catch (cause) {
      if (cause instanceof RuntimeError) throw cause;
      const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new RuntimeError(`${where}: the database '${name}' failed: ${message}`, { cause });
    } finally {
      // An open connection would keep others from deleting the database.
      database?.close();
    }
  }

  return {
    async get(key) {
      checkKey(where, key);
      return checkValue(where, key, await transact('readonly', (models) => models.get(key) as IDBRequest<unknown>));
    },
    async set(key, bytes) {
      checkKey(where, key);
      // A view is cloned with all of its buffer.
      const given = checkBytes(where, bytes);
      const own = given.byteLength === given.buffer.byteLength ? given : given.slice();
      await transact('readwrite', (models) => models.put(own, key));
    },
    async delete(key) {
      checkKey(where, key);
      await transact('readwrite', (models) => models.delete(key));
    },
    keys: async () => sortedKeys(await transact('readonly', (models) => models.getAllKeys())),
  };
}
