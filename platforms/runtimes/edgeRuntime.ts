// Vercel's Edge Runtime, by its own package: a new context for each run, in which neither strings nor bytes become code.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleHosts, here } from '../bundle.js';
import { packageNeed, packagePath } from '../install.js';
import type { Outcome } from '../outcome.js';
import { ONE, type Platform } from '../platform.js';

const EDGE_RUNTIME: string = 'edge-runtime';
const CORE = here('../build/core.release.wasm');

/** What is used of edge-runtime. Declared here so that this compiles without it. */
type EdgeRuntimeClass = new (options: {
  codeGeneration: { strings: boolean; wasm: boolean };
  extend(context: Record<string, unknown>): Record<string, unknown>;
  initialCode: string;
}) => { dispatchFetch(url: string, init: { method: string; body: string }): Promise<Response> };

export const edgeRuntime: Platform = {
  name: 'edge-runtime',
  engine: 'V8',
  threads: ONE,
  needs: [packageNeed(EDGE_RUNTIME)],
  async start() {
    const { EdgeRuntime } = (await import(EDGE_RUNTIME)) as { EdgeRuntime: EdgeRuntimeClass };
    const bundle = await bundleHosts(['edge'], 'script');
    const initialCode = await readFile(join(bundle.folder, 'edge.js'), 'utf8');
    const core = await WebAssembly.compile(await readFile(CORE));
    const { version } = JSON.parse(readFileSync(packagePath('edge-runtime/package.json'), 'utf8')) as {
      version: string;
    };
    return {
      version: () => ({ version, engine: process.versions.v8 }),
      close: () => bundle.remove(),
      async run(task) {
        const runtime = new EdgeRuntime({
          codeGeneration: { strings: false, wasm: false },
          extend: (context) => Object.assign(context, { core }),
          initialCode,
        });
        const response = await runtime.dispatchFetch('http://edge/', { method: 'POST', body: JSON.stringify(task) });
        if (!response.ok) throw new Error(await response.text());
        return (await response.json()) as Outcome;
      },
    };
  },
};
