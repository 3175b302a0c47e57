// Runs a folder of reference fixtures through the library and says how near it comes: `npm run golden -- DIR [--json FILE]`.
// Exits 1 if a case fails, if nothing computes one, or if nothing was run.

import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable } from '../bindings/graph/print.js';
import { init } from '../bindings/index.js';
import { FAMILIES } from '../tests/golden/families/index.js';
import { readFamily } from '../tests/golden/fixture.js';
import { runCase, type CaseResult } from '../tests/golden/suite.js';

const USAGE = `Usage: npm run golden -- DIR [--family NAME]... [--json FILE]

Runs every fixture file DIR/FAMILY.json (manifest.json is no family) through the public API. The format of fixtures is
described in tests/golden/fixtures/README.md.

  --family NAME  only this family; may be given several times
  --list         name the cases of each family and what computes them, and run nothing
  --json FILE    also write all figures, with the message of every case that did not pass
`;

interface FamilyResult {
  family: string;
  cases: number;
  passed: number;
  failed: number;
  notCovered: number;
  /** Largest error as a share of what is allowed, and the case that has it. */
  worst: number;
  worstCase: string;
  problems: CaseResult[];
}

async function runFamily(family: string, folder: URL): Promise<FamilyResult> {
  const golden = FAMILIES.find((known) => known.family === family);
  const results: CaseResult[] = [];
  for (const reference of readFamily(family, folder)) results.push(await runCase(golden, reference));
  const count = (status: CaseResult['status']) => results.filter((result) => result.status === status).length;
  const worst = results.reduce((a, b) => (b.worst > a.worst ? b : a), { name: '', worst: 0 });
  return {
    family,
    cases: results.length,
    passed: count('passed'),
    failed: count('failed'),
    notCovered: count('notCovered'),
    worst: worst.worst,
    worstCase: worst.name,
    problems: results.filter(({ status }) => status !== 'passed'),
  };
}

function print(results: readonly FamilyResult[]): void {
  const rows = results.map(({ family, cases, passed, failed, notCovered, worst, worstCase }) => [
    family,
    ...[cases, passed, failed, notCovered].map(String),
    `${(100 * worst).toPrecision(2)} %`,
    worstCase,
  ]);
  const head = ['family', 'cases', 'passed', 'failed', 'not covered', 'worst error of its tolerance', 'in case'];
  process.stdout.write(`${formatTable([head, ...rows])}\n`);
  for (const { family, problems } of results) {
    for (const { name, status, message } of problems) {
      process.stdout.write(`\n${family}/${name}: ${status === 'failed' ? 'failed' : 'not covered'}: ${message}\n`);
    }
  }
}

function list(family: string, folder: URL): void {
  const golden = FAMILIES.find((known) => known.family === family);
  for (const reference of readFamily<{ op: string }>(family, folder)) {
    const key = golden?.runnerOf(reference) ? golden.keyOf(reference) : 'not covered';
    process.stdout.write(`${family}/${reference.name}: ${key}\n`);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      family: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const [folder] = positionals;
  if (values.help || folder === undefined || positionals.length > 1) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  await init();
  const url = pathToFileURL(`${path.resolve(folder)}/`);
  const families = readdirSync(url)
    .filter((file) => file.endsWith('.json') && file !== 'manifest.json')
    .map((file) => file.slice(0, -'.json'.length))
    .filter((family) => values.family?.includes(family) ?? true)
    .sort();
  if (values.list) {
    for (const family of families) list(family, url);
    return;
  }
  const results: FamilyResult[] = [];
  for (const family of families) results.push(await runFamily(family, url));
  print(results);
  const sum = (key: 'cases' | 'passed' | 'failed' | 'notCovered') =>
    results.reduce((total, result) => total + result[key], 0);
  const total = { cases: sum('cases'), passed: sum('passed'), failed: sum('failed'), notCovered: sum('notCovered') };
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ total, families: results }, undefined, 2)}\n`);
  const missing = (values.family ?? []).filter((family) => !families.includes(family));
  if (missing.length > 0) process.stdout.write(`\nNo file of the family ${missing.join(', ')} in ${folder}.\n`);
  process.stdout.write(
    `\n${total.cases} cases of ${results.length} families: ${total.passed} passed, ${total.failed} failed, ` +
      `${total.notCovered} not covered\n`,
  );
  if (total.passed < total.cases || total.cases === 0 || missing.length > 0) process.exitCode = 1;
}

await main();
