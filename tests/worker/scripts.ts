// Scripts of workers, bundled from the sources into a folder of their own.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Scripts {
  folder: string;
  /** The address of a script by the name of its source. */
  url(name: string): URL;
  remove(): Promise<void>;
}

/** Bundles the library's host and the sources of this folder that are named, with the script of threads beside. */
export async function bundleScripts(names: readonly string[]): Promise<Scripts> {
  const folder = await mkdtemp(join(tmpdir(), 'wasmgrad-worker-'));
  await build({
    entryPoints: [here('../../bindings/worker/worker-host.ts'), ...names.map((name) => here(`${name}.ts`))],
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:worker_threads'],
    logLevel: 'error',
  });
  await copyFile(here('../../bindings/runtime/thread.js'), join(folder, 'thread.js'));
  return {
    folder,
    url: (name) => pathToFileURL(join(folder, `${name}.mjs`)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
