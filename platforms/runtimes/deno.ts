import { packageNeed, packagePath } from '../install.js';
import { processPlatform } from './process.js';

const FILE = 'deno/deno';

/** The permission to read is for the script of threads. */
export const deno = processPlatform({
  name: 'deno',
  engine: 'V8',
  path: packagePath(FILE),
  needs: [packageNeed(FILE)],
  args: ['run', '--allow-read', '--no-prompt'],
});
