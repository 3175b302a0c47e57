// npm run platforms -- [--json FILE] [--only NAMES] [--results]: the same programs on every runtime. Exits with 1 where weights
// differ, a run fails, or a runtime is missing.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { here } from './bundle.js';
import { drive, type Row } from './drive.js';
import { problemsOf } from './judge.js';
import { PROGRAMS } from './programs.js';
import { formatPage, terminalHeading, terminalMissing, terminalRow, terminalSummary } from './report.js';
import { platformsOf } from './table.js';

const PAGE = here('../docs/platforms.md');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'string' }, only: { type: 'string' }, results: { type: 'boolean' } },
  });
  if (values.results && values.only !== undefined) throw new Error('--results: needs all runtimes, without --only');
  const platforms = platformsOf(values.only);
  const rows: Row[] = [];
  console.log(terminalHeading());
  const report = await drive(platforms, {
    programs: Object.keys(PROGRAMS),
    install: (need) => need.install(),
    onRow(row) {
      rows.push(row);
      console.log(terminalRow(row, rows));
    },
    onMissing: (missing) => console.log(terminalMissing(missing)),
  });
  const date = new Date();
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ date: date.toISOString(), ...report }, null, 2)}\n`);
  }
  if (values.results) await writeFile(PAGE, formatPage(report, date));
  console.log(`\n${terminalSummary(report)}`);
  if (problemsOf(report).length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
