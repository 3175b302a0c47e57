// Has bundlers leave imports alone whose address is known only when they run. esbuild, which makes the package, drops the
// comments that say so.

import MagicString from 'magic-string';
import type { Options } from 'tsup';

/** An import of a name or a call; those of texts are for bundlers to follow. */
const COMPUTED = /\bimport\((?=[\w$])/g;

const LEAVE = '/* @vite-ignore *//* webpackIgnore: true */';

export const leaveImportsPlugin: NonNullable<Options['plugins']>[number] = {
  name: 'leave-imports',
  renderChunk(code, { map, path }) {
    const text = new MagicString(code);
    for (const { index, 0: opening } of code.matchAll(COMPUTED)) text.appendRight(index + opening.length, LEAVE);
    return { code: text.toString(), map: map ? text.generateMap({ source: path, hires: true }) : undefined };
  },
};
