// npm run bench -- [--only NAME] [--subjects NAMES] [--engine NAMES] [--threads NUMBERS] [--rounds N] [--json FILE] [--compare FILE]
// [--results]: our speed beside that of the peers. See README.md.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatCeilings, type Work } from './ceiling.js';
import { compareReports, formatComparison } from './compare.js';
import { enginesOf, type Engine } from './engines/engine.js';
import { ceilingOf } from './harness.js';
import { installPeers } from './install.js';
import { formatResult, HEADING, machineFacts, type Report, type ReportRow } from './report.js';
import { formatReport } from './results.js';
import { wantedCases, type Message, type Request } from './suite-run.js';
import { SOURCES } from './tables.js';

const DEFAULT_ROUNDS = 7;
const TURN_MILLISECONDS = 100;
const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      subjects: { type: 'string' },
      engine: { type: 'string' },
      threads: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      compare: { type: 'string' },
      results: { type: 'boolean' },
    },
  });
  const engines = enginesOf(values.engine);
  const [rounds] = positiveIntegers('rounds', values.rounds ?? String(DEFAULT_ROUNDS));
  const request: Omit<Request, 'threads'> = {
    ...(values.only !== undefined && { only: values.only }),
    ...(values.subjects !== undefined && { subjects: knownSubjects(values.subjects) }),
    timing: { rounds: rounds!, turnMilliseconds: TURN_MILLISECONDS },
  };
  wantedCases(request.only);
  const threads = positiveIntegers('threads', values.threads ?? '1');
  const earlier = values.compare === undefined ? undefined : await readReport(values.compare);

  installPeers();
  const report: Report = { machine: machineFacts(), runs: [], rows: [] };
  console.log(`${report.machine.cpu}; medians of ${rounds} interleaved rounds`);
  for (const engine of engines)
    for (const count of threads) await runOn(engine, { ...request, threads: count }, report);

  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (values.results) await writeFile(RESULTS, formatReport(report));
  if (earlier) {
    const comparisons = compareReports(earlier, report);
    console.log(`\nbeside ${values.compare}\n${formatComparison(comparisons)}`);
    if (comparisons.some(({ isSlower }) => isSlower)) process.exitCode = 1;
  }
}

/** Adds the run and its rows to the report, and prints them as they come. */
async function runOn({ name: engine, run }: Engine, request: Request, report: Report): Promise<void> {
  let granted = request.threads;
  const works = new Map<ReportRow, Work>();
  const receive = (message: Message): void => {
    switch (message.kind) {
      case 'started': {
        const { ceilings } = message;
        granted = message.threads;
        report.runs.push({ engine, version: '', v8: '', threads: granted, ceilings });
        console.log(`\n${engine}, ${granted === 1 ? 'one thread' : `${granted} threads of ours, one of the peers`}`);
        console.log(`${formatCeilings(ceilings)}\n${HEADING}`);
        return;
      }
      case 'result':
        for (const given of message.result.rows) {
          const row = { ...given, engine, threads: granted };
          report.rows.push(row);
          works.set(row, message.result.work);
        }
        if (message.result.hasFailed) process.exitCode = 1;
        console.log(formatResult(message.result));
        return;
      case 'ended':
        report.runs.at(-1)!.ceilings = message.ceilings;
        for (const [row, work] of works) row.ceiling = ceilingOf(message.ceilings, { ...row, work });
        return;
      case 'failed':
        console.error(`${engine}: ${message.reason}`);
    }
  };
  const version = await run(request, receive);
  Object.assign(report.runs.at(-1)!, version);
}

function positiveIntegers(option: string, text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 1)) return numbers;
  throw new Error(
    `--${option}: expected ${option === 'threads' ? 'whole numbers' : 'a whole number'} above 0, got ${text}`,
  );
}

function knownSubjects(text: string): string[] {
  const known = SOURCES.flatMap(({ names }) => names);
  const names = text.split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new Error(`--subjects: expected some of ${known.join(', ')}, got '${unknown}'`);
}

async function readReport(path: string): Promise<Report> {
  const expected = `--compare ${path}: expected the JSON of an earlier run (--json).`;
  let report: Report;
  try {
    report = JSON.parse(await readFile(path, 'utf8')) as Report;
  } catch (error) {
    throw new Error(`${expected} ${String(error)}`, { cause: error });
  }
  if (!Array.isArray(report.runs)) throw new Error(`${expected} This one names no engines: run it again.`);
  return report;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
