// Node: the one that runs, and the supported lines from npm, which has them for Linux on x64.

import type { Platform } from '../platform.js';
import { packagePath } from '../install.js';
import { processPlatform } from './process.js';

const MAJORS = [20, 22, 24, 26];

export const runningMajor = Number(process.versions.node.split('.')[0]);

export const nodes: readonly Platform[] = MAJORS.map((major) =>
  processPlatform({
    name: `node${major}`,
    engine: 'V8',
    path: major === runningMajor ? process.execPath : packagePath(`node${major}/bin/node`),
  }),
);
