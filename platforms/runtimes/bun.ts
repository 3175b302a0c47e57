import { packagePath } from '../install.js';
import { processPlatform } from './process.js';

export const bun = processPlatform({ name: 'bun', engine: 'JavaScriptCore', path: packagePath('bun/bin/bun.exe') });
