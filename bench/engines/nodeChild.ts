// What a node that engines/node.ts started runs: takes one request, sends what it finds, and ends.

import { runSuites, type Request } from '../suite-run.js';
import type { ChildMessage } from './node.js';

const send = (message: ChildMessage) => new Promise<void>((resolve) => process.send!(message, () => resolve()));

process.once('message', (request: Request) => void answer(request));

async function answer(request: Request): Promise<void> {
  try {
    await send({ kind: 'version', version: process.versions.node, v8: process.versions.v8 });
    await runSuites(request, send);
  } catch (error) {
    await send({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exitCode = 1;
  }
  process.disconnect();
}
