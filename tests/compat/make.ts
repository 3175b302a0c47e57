// npm run compat: writes the files of the present version of the format, unless they are there. Run it once, when the version
// is raised: files of a version that was released never change.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAVED_MODEL } from '../../bindings/model/saving/save.js';
import { saveGraph, saveTable } from './models.js';
import { USES } from './use.js';

const folder = join(import.meta.dirname, `version-${SAVED_MODEL.version}`);
mkdirSync(folder, { recursive: true });
for (const [name, save] of Object.entries({ graph: saveGraph, table: saveTable })) {
  const path = join(folder, `${name}.safetensors`);
  if (existsSync(path)) continue;
  const file = await save();
  writeFileSync(path, file);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(await USES[name]!(file))}\n`);
  // eslint-disable-next-line no-console -- a command
  console.log(`${path}: ${file.length} bytes`);
}
