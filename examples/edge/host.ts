// Runs the worker on this machine: bundled against the built package under the condition `workerd`, by workerd itself through miniflare.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const MINIFLARE: string = 'miniflare';
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What is used of miniflare. Declared here so that this compiles without it. */
interface Miniflare {
  ready: Promise<URL>;
  dispose(): Promise<void>;
}

export interface EdgeHost {
  url: URL;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Installs what this example alone needs, and builds the package, unless they are there. */
export function prepare(): void {
  const run = (command: string, args: string[], cwd: string) =>
    execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (!existsSync(here('node_modules/miniflare'))) {
    console.log('installing miniflare ...');
    run('npm', ['ci', '--no-audit', '--no-fund'], here('.'));
  }
  if (!existsSync(here('../../dist/index.workerd.js'))) {
    console.log('building wasmgrad ...');
    run('npm', ['run', 'build'], here('../..'));
  }
}

/** The worker in one file; its core stays a file beside it, which the platform compiles. */
export async function bundle(): Promise<{ script: string; core: Uint8Array }> {
  const { outputFiles } = await build({
    ...{ entryPoints: [here('src/worker.ts')], bundle: true, write: false, format: 'esm', target: 'es2022' },
    ...{ conditions: ['workerd'], external: ['*.wasm', 'cloudflare:workers'], minify: true },
    // In a project of its own `wasmgrad` is found in node_modules.
    alias: { wasmgrad: here('../../dist/index.workerd.js') },
    tsconfigRaw: {},
    logLevel: 'error',
  });
  return { script: outputFiles[0]!.text, core: await readFile(here('../../dist/core.wasm')) };
}

export interface HostOptions {
  secret: string;
  /** Where storage is kept. */
  folder: string;
  /** 0: any that is free. */
  port?: number;
}

export async function startHost(
  { script, core }: Awaited<ReturnType<typeof bundle>>,
  options: HostOptions,
): Promise<EdgeHost> {
  const { Miniflare } = (await import(MINIFLARE)) as { Miniflare: new (options: object) => Miniflare };
  const miniflare = new Miniflare({
    ...{ host: '127.0.0.1', port: options.port ?? 0, compatibilityDate: '2026-04-20' },
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: script },
      { type: 'CompiledWasm', path: 'core.wasm', contents: core },
    ],
    bindings: { TOKEN_SECRET: options.secret },
    durableObjects: { MODELS: { className: 'UserModel', useSQLite: true } },
    durableObjectsPersist: options.folder,
  });
  const url = await miniflare.ready;
  return {
    url,
    fetch: (path, init) => fetch(new URL(path, url), init),
    close: () => miniflare.dispose(),
  };
}

/** A folder that is gone when `body` is done. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'wasmgrad-edge-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
