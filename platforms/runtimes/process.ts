// Runtimes that are a program on the command line: a process for each run.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleHosts } from '../bundle.js';
import type { ProcessOutcome } from '../hosts/process.js';
import type { HostVersion } from '../outcome.js';
import { ONE_AND_TWO, type Platform } from '../platform.js';

const execute = promisify(execFile);
const LIMIT_MILLISECONDS = 120_000;

export interface ProcessRuntime extends Pick<Platform, 'name' | 'engine' | 'needs'> {
  /** The program. */
  path: string;
  /** Before the script. */
  args?: readonly string[];
}

export const processPlatform = ({ name, engine, path, args = [], needs }: ProcessRuntime): Platform => ({
  name,
  engine,
  threads: ONE_AND_TWO,
  needs,
  async start() {
    const bundle = await bundleHosts(['process'], 'modules');
    let host: HostVersion = { version: '' };
    return {
      version: () => host,
      close: () => bundle.remove(),
      async run({ program, threads }) {
        const script = join(bundle.folder, 'process.mjs');
        const { stdout } = await execute(path, [...args, script, program, String(threads)], {
          timeout: LIMIT_MILLISECONDS,
        });
        const outcome = JSON.parse(stdout) as ProcessOutcome;
        host = outcome.host;
        return outcome;
      },
    };
  },
});
