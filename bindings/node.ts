// wasmgrad/node: what needs the file system of Node, Deno or Bun.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

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
