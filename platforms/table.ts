// The runtimes, in the order of the report.

import type { Platform } from './platform.js';
import { bun } from './runtimes/bun.js';
import { chromium } from './runtimes/chromium.js';
import { deno } from './runtimes/deno.js';
import { edgeRuntime } from './runtimes/edgeRuntime.js';
import { firefox } from './runtimes/firefox.js';
import { nodes } from './runtimes/node.js';
import { workerd } from './runtimes/workerd.js';

export const PLATFORMS: readonly Platform[] = [...nodes, deno, bun, workerd, edgeRuntime, ...chromium, ...firefox];

/** `--only node22,chromium`: those of a name, or whose name begins with it; all if not given. */
export function platformsOf(names: string | undefined): Platform[] {
  if (names === undefined) return [...PLATFORMS];
  const wanted = names.split(',').map((name) => name.trim());
  for (const name of wanted) {
    if (name !== '' && PLATFORMS.some((platform) => platform.name.startsWith(name))) continue;
    const known = PLATFORMS.map((platform) => `'${platform.name}'`).join(', ');
    throw new Error(`--only: expected some of ${known}, or how they begin, with commas between them; got '${name}'`);
  }
  return PLATFORMS.filter((platform) => wanted.some((name) => platform.name.startsWith(name)));
}
