import { RuntimeError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import { checkBytes, checkKey, sortedKeys, type ModelStore } from './store.js';

const SUFFIX = '.safetensors';

/** Not in every version of TypeScript's own typings. */
type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'NotFoundError';

/** What browsers throw where there is no room: Chromium by turns the one or the other, and `estimate()` does not tell. */
const NO_ROOM = ['QuotaExceededError', 'AbortError'];

/** An error of writing, with what to do about it. */
function writeError(where: string, bytes: number, cause: unknown): unknown {
  if (!(cause instanceof Error) || !NO_ROOM.includes(cause.name)) return cause;
  return new RuntimeError(
    `${where}: the browser has no room for ${bytes} bytes, or gave up writing them: ${cause.name}: ${cause.message} Delete models that you no longer need.`,
    { cause },
  );
}

/**
 * A store in the origin's private file system, for pages and workers: files of any size, not copied into a database. The
 * browser writes beside the old file and swaps them when all is written.
 *
 * @param options.folder Name of the folder; 'wasmgrad' by default.
 * @throws RuntimeError where there is none (it needs https or localhost) or it can't be written (Safari before 26: use
 *   `indexedDBStore`), or there is no room: the browser's own error is its cause.
 * @example
 * const store = opfsStore();
 * await store.set('latest', await model.save());
 */
export function opfsStore(options: { folder?: string } = {}): ModelStore {
  const where = 'opfsStore';
  checkOptions(where, options, ['folder']);
  const name = checkKey(where, options.folder ?? 'wasmgrad');

  async function inFolder<T>(run: (folder: Folder) => Promise<T>): Promise<T> {
    const { storage } = (globalThis.navigator ?? {}) as { storage?: Partial<StorageManager> };
    if (!storage?.getDirectory) {
      throw new RuntimeError(
        `${where}: this host has no private file system, or the page is not secure. Use another store.`,
      );
    }
    try {
      const root = await storage.getDirectory();
      return await run(await root.getDirectoryHandle(name, { create: true }));
    } catch (cause) {
      if (cause instanceof RuntimeError) throw cause;
      const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new RuntimeError(`${where}: the folder '${name}' failed: ${message}`, { cause });
    }
  }

  async function write(folder: Folder, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const handle = await folder.getFileHandle(key + SUFFIX, { create: true });
    if (typeof handle.createWritable !== 'function') {
      throw new RuntimeError(`${where}: this browser can't write whole files here. Use indexedDBStore().`);
    }
    const stream = await handle.createWritable();
    try {
      await stream.write(bytes);
      await stream.close();
    } catch (cause) {
      await stream.abort().catch(() => undefined);
      throw writeError(where, bytes.length, cause);
    }
  }

  return {
    async get(key) {
      checkKey(where, key);
      return inFolder(async (folder) => {
        try {
          const file = await (await folder.getFileHandle(key + SUFFIX)).getFile();
          // A file without bytes is one whose first set was cut off.
          return file.size === 0 ? undefined : new Uint8Array(await file.arrayBuffer());
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      });
    },
    async set(key, bytes) {
      checkKey(where, key);
      const own = checkBytes(where, bytes);
      await inFolder((folder) => write(folder, key, own));
    },
    async delete(key) {
      checkKey(where, key);
      await inFolder(async (folder) => {
        await folder.removeEntry(key + SUFFIX).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
      });
    },
    keys: () =>
      inFolder(async (folder) => {
        const found: string[] = [];
        for await (const entry of folder.keys()) {
          if (!entry.endsWith(SUFFIX)) continue;
          const { size } = await (await folder.getFileHandle(entry)).getFile();
          if (size > 0) found.push(entry.slice(0, -SUFFIX.length));
        }
        return sortedKeys(found);
      }),
  };
}
