// wasmgrad/node: what needs the file system of Node, Deno or Bun.

import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRunning } from './stores/processes.js';
import { checkBytes, checkKey, sortedKeys, type ModelStore } from './stores/store.js';

export { fileJournal } from './selection/search/fileJournal.js';
export type { ModelStore };

/** A file to write to: what `csvLogger`, `jsonLinesLogger` and `tensorBoard` take. */
export interface FileSink {
  readonly path: string;
  write(piece: string | Uint8Array): void;
}

/**
 * A file that loggers write to, piece by piece, each on the disk's way when `write` returns: a run that is killed loses nothing.
 * Folders are made as needed; without `append` the first piece replaces what was there.
 *
 * @example csvLogger({ write: fileSink('runs/1.csv', { append: true }), append: true })
 */
export function fileSink(path: string, { append = false }: { append?: boolean } = {}): FileSink {
  let isNew = !append;
  return {
    path,
    write(piece) {
      mkdirSync(dirname(path), { recursive: true });
      const file = openSync(path, isNew ? 'w' : 'a');
      isNew = false;
      try {
        const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
        for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      } finally {
        closeSync(file);
      }
    },
  };
}

const SUFFIX = '.safetensors';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Files that a set writes beside: KEY.safetensors.PROCESS-ANY.tmp. Stores of one process, in its threads too, have names of their own. */
const BESIDE = /\.(\d+)-[\w-]+\.tmp$/;
const besideOf = (path: string): string => `${path}.${process.pid}-${randomUUID()}.tmp`;

/** Whether the process that wrote a file beside is gone. One of the same number may run: in a container it is often 1. */
async function isLeft(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isRunning(pid);
  const { mtimeMs } = await stat(path);
  // File systems round times to 2 s at most.
  return mtimeMs < Date.now() - 1000 * process.uptime() - 2000;
}

/** Has the disk hold what was written to a file or, where the system can, which files a folder has. */
async function sync(path: string, bytes?: Uint8Array): Promise<void> {
  const file = await open(path, bytes ? 'w' : 'r');
  try {
    if (bytes) await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * A store in a folder: `KEY.safetensors`. A model is written beside, synced to disk, and renamed, so that the file is at every
 * moment the old model or the new one, whole; a process that is killed leaves at most a file beside, which the next one's set removes.
 *
 * @param folder Made when the first model is set.
 * @throws Node's errors of the file system.
 * @example
 * const store = fileStore('models');
 * await store.set('latest', await model.save());
 * const model = await loadModel(await store.get('latest'));
 */
export function fileStore(folder: string): ModelStore {
  const where = 'fileStore';
  const at = (key: string): string => join(folder, checkKey(where, key) + SUFFIX);

  /** What processes that are gone have left beside a file. */
  async function removeLeftovers(key: string): Promise<void> {
    for (const name of await readdir(folder)) {
      const [, pid] = (name.startsWith(`${key}${SUFFIX}.`) && BESIDE.exec(name)) || [];
      if (pid === undefined) continue;
      const path = join(folder, name);
      // Another process may have removed it meanwhile.
      if (await isLeft(path, Number(pid)).catch(() => false)) await rm(path, { force: true });
    }
  }

  return {
    async get(key) {
      try {
        return Uint8Array.from(await readFile(at(key)));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async set(key, bytes) {
      const path = at(key);
      const given = checkBytes(where, bytes);
      await mkdir(folder, { recursive: true });
      await removeLeftovers(key);
      const beside = besideOf(path);
      try {
        await sync(beside, given);
        await rename(beside, path);
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
      // Windows does not open folders.
      await sync(folder).catch(() => undefined);
    },
    async delete(key) {
      await rm(at(key), { force: true });
    },
    async keys() {
      try {
        const names = await readdir(folder);
        return sortedKeys(names.flatMap((name) => (name.endsWith(SUFFIX) ? [name.slice(0, -SUFFIX.length)] : [])));
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
  };
}
