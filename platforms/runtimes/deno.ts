import { packagePath } from '../install.js';
import { processPlatform } from './process.js';

/** The permission to read is for the script of threads. */
export const deno = processPlatform({
  name: 'deno',
  engine: 'V8',
  path: packagePath('deno/deno'),
  args: ['run', '--allow-read', '--no-prompt'],
});
