// workerd, the runtime of Cloudflare's Workers, through miniflare: a new isolate for each run.

import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleHosts, here } from '../bundle.js';
import { packageNeed, packagePath } from '../install.js';
import type { Outcome } from '../outcome.js';
import { ONE, type Platform } from '../platform.js';

const MINIFLARE: string = 'miniflare';
const CORE = here('../build/core.release.wasm');

/** What is used of miniflare. Declared here so that this compiles without it. */
interface Miniflare {
  dispatchFetch(url: string, init: { method: string; body: string }): Promise<Response>;
  dispose(): Promise<void>;
}

type MiniflareClass = new (options: {
  compatibilityDate: string;
  modules: { type: 'ESModule' | 'CompiledWasm'; path: string; contents: string | Uint8Array }[];
}) => Miniflare;

interface Manifest {
  version: string;
}

/** Its version is 1.YYYYMMDD.N; the day is the newest that it is compatible with. */
const workerdVersion = (): string =>
  (JSON.parse(readFileSync(packagePath('workerd/package.json'), 'utf8')) as Manifest).version;

export const workerd: Platform = {
  name: 'workerd',
  engine: 'V8',
  threads: ONE,
  needs: [packageNeed(MINIFLARE)],
  async start() {
    const { Miniflare } = (await import(MINIFLARE)) as { Miniflare: MiniflareClass };
    const bundle = await bundleHosts(['workerd'], 'module');
    const script = await readFile(join(bundle.folder, 'workerd.mjs'), 'utf8');
    const version = workerdVersion();
    const compatibilityDate = version.replace(/^\d+\.(\d{4})(\d{2})(\d{2}).*$/, '$1-$2-$3');
    return {
      version: () => ({ version }),
      close: () => bundle.remove(),
      async run(task) {
        const worker = new Miniflare({
          compatibilityDate,
          modules: [
            { type: 'ESModule', path: 'workerd.mjs', contents: script },
            { type: 'CompiledWasm', path: 'core.wasm', contents: await readFile(CORE) },
          ],
        });
        try {
          const response = await worker.dispatchFetch('http://workerd/', {
            method: 'POST',
            body: JSON.stringify(task),
          });
          if (!response.ok) throw new Error(await response.text());
          return (await response.json()) as Outcome;
        } finally {
          await worker.dispose();
        }
      },
    };
  },
};
