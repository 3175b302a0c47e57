// Engines that the bench runs on: the table of them, and which are meant by `--engine`.

import type { Message, Request } from '../suite-run.js';
import { runInChromium } from './chromium.js';
import { nodeVersion, runInNode } from './node.js';

export interface Engine {
  name: string;
  /** Runs what is wanted. Resolves with what the engine is, once all has been handed on. */
  run(request: Request, receive: (message: Message) => void): Promise<EngineVersion>;
}

export interface EngineVersion {
  /** Of the engine itself: Node or Chromium. */
  version: string;
  v8: string;
}

const nodeEngine = (major: number): Engine => ({
  name: `node${major}`,
  run: (request, receive) => runInNode(major, request, receive),
});

/** The node that runs, and those that can be asked for. */
const RUNNING = nodeEngine(nodeVersion());
const ENGINES: readonly Engine[] = [
  ...[20, 24].filter((major) => major !== nodeVersion()).map(nodeEngine),
  RUNNING,
  { name: 'chromium', run: runInChromium },
];

/** `--engine node20,chromium`; the node that runs if not given. */
export function enginesOf(names: string | undefined): Engine[] {
  if (names === undefined) return [RUNNING];
  return names.split(',').map((name) => {
    const engine = ENGINES.find((candidate) => candidate.name === name.trim());
    if (engine) return engine;
    const known = ENGINES.map((candidate) => candidate.name).sort();
    throw new Error(`--engine: expected some of ${known.join(', ')} with commas between them, got '${name}'`);
  });
}
