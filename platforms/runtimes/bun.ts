import { packageNeed, packagePath } from '../install.js';
import { processPlatform } from './process.js';

const FILE = 'bun/bin/bun.exe';

export const bun = processPlatform({
  name: 'bun',
  engine: 'JavaScriptCore',
  path: packagePath(FILE),
  needs: [packageNeed(FILE)],
});
