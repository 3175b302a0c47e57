// The short form of `npm run platforms`: the programs on this Node and on every other runtime that is here already.

import { expect, test } from 'vitest';
import { drive, type Row } from '../../platforms/drive.js';
import { problemOf } from '../../platforms/judge.js';
import { isHere } from '../../platforms/platform.js';
import { PROGRAMS } from '../../platforms/programs.js';
import { runningNode } from '../../platforms/runtimes/node.js';
import { PLATFORMS } from '../../platforms/table.js';

const LIMIT_MILLISECONDS = 300_000;

const others = PLATFORMS.filter((platform) => platform !== runningNode && isHere(platform));
const rows: Row[] = [];

test.each([runningNode, ...others].map((platform) => ({ name: platform.name, platform })))(
  '$name trains to the same weights as the others, on every number of threads',
  { timeout: LIMIT_MILLISECONDS },
  async ({ platform }) => {
    const own = (await drive([platform], { programs: Object.keys(PROGRAMS) })).rows;
    rows.push(...own);
    expect(own).toHaveLength(3 * platform.threads.length);
    for (const row of own) expect(problemOf(row, rows)).toBeUndefined();
  },
);
