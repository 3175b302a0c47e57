// The programs, bundled by esbuild for one kind of host, as an application would be.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** How a host loads code: modules that may be split, one module, or one script. */
export type BundleForm = 'modules' | 'module' | 'script';

const FORMS = {
  modules: { format: 'esm', splitting: true },
  module: { format: 'esm', splitting: false },
  script: { format: 'iife', splitting: false },
} as const;

export interface Bundle {
  folder: string;
  /** Deletes the folder. */
  remove(): Promise<void>;
}

/** Bundles hosts, each to a file of its name in a folder of its own, beside the script of threads. */
export async function bundleHosts(names: readonly string[], form: BundleForm): Promise<Bundle> {
  const { build } = await import('esbuild');
  const folder = await mkdtemp(join(tmpdir(), 'wasmgrad-platforms-'));
  await build({
    entryPoints: names.map((name) => here(`hosts/${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': form === 'script' ? '.js' : '.mjs' },
    bundle: true,
    ...FORMS[form],
    target: 'es2022',
    external: ['*.wasm'],
    logLevel: 'error',
  });
  await copyFile(here('../bindings/runtime/thread.js'), join(folder, 'thread.js'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
