// Node: the one that runs, and the supported lines from npm, which has them for Linux on x64.

import { packageNeed, packagePath } from '../install.js';
import { processPlatform } from './process.js';

const RUNNING = Number(process.versions.node.split('.')[0]);

export const runningNode = processPlatform({
  name: `node${RUNNING}`,
  engine: 'V8',
  path: process.execPath,
  needs: [],
});

const nodeOfPackage = (major: number) => {
  const file = `node${major}/bin/node`;
  return processPlatform({
    name: `node${major}`,
    engine: 'V8',
    path: packagePath(file),
    needs: [packageNeed(file)],
  });
};

export const nodes = [...new Set([20, 22, 24, 26, RUNNING])]
  .sort((a, b) => a - b)
  .map((major) => (major === RUNNING ? runningNode : nodeOfPackage(major)));
