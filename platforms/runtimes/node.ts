// Node: the one that runs, and the supported lines from npm, which has them for Linux on x64.

import { packagePath } from '../install.js';
import { processPlatform } from './process.js';

const RUNNING = Number(process.versions.node.split('.')[0]);

const node = (major: number, path: string) => processPlatform({ name: `node${major}`, engine: 'V8', path });

export const runningNode = node(RUNNING, process.execPath);

export const nodes = [...new Set([20, 22, 24, 26, RUNNING])]
  .sort((a, b) => a - b)
  .map((major) => (major === RUNNING ? runningNode : node(major, packagePath(`node${major}/bin/node`))));
