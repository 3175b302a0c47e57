// A report for people: lines on the terminal, and docs/platforms.md.

import os from 'node:os';
import type { Missing, Report, Row } from './drive.js';
import { commonHash, problemOf, problemsOf } from './judge.js';

const HASH_DIGITS = 16;
const HEADING = ['runtime', 'engine', 'version', 'threads', 'SHA-256 of the weights', 'ms a step'];
const WIDTHS = [27, 28, 14, 7, HASH_DIGITS, 9];

/** With the version of the engine, where the runtime tells it. */
const engineOf = ({ engine, version }: Row): string => (version.engine ? `${engine} ${version.engine}` : engine);

const threadsOf = ({ threads, granted }: Row): string =>
  granted === threads ? String(threads) : `${granted} of ${threads}`;

function cellsOf(row: Row): string[] {
  const { platform, version, outcome } = row;
  const failed = 'failure' in outcome;
  return [
    platform,
    engineOf(row),
    version.version,
    threadsOf(row),
    failed ? '-' : outcome.weights.slice(0, HASH_DIGITS),
    failed ? '-' : outcome.stepMilliseconds.toFixed(2),
  ];
}

const pad = (cells: readonly string[]): string => cells.map((cell, i) => cell.padEnd(WIDTHS[i]!)).join('  ');

export const terminalHeading = (): string => `${'program'.padEnd(8)}${pad(HEADING.with(4, 'weights'))}`;

export const terminalRow = (row: Row, rows: readonly Row[]): string => {
  const problem = problemOf(row, rows);
  return `${row.program.padEnd(8)}${pad(cellsOf(row))}${problem === undefined ? '' : `  ${problem}`}`.trimEnd();
};

export const terminalMissing = ({ platform, reason }: Missing): string => `${platform} is missing: ${reason}`;

const programsOf = (rows: readonly Row[]): string[] => [...new Set(rows.map(({ program }) => program))];

/** The verdict: a line for each problem, or that there is none. */
export function terminalSummary(report: Report): string {
  const problems = problemsOf(report);
  if (problems.length > 0) return [`${problems.length} problems:`, ...problems].join('\n');
  const { rows } = report;
  const count = new Set(rows.map(({ platform }) => platform)).size;
  return [
    `The same weights on ${count} runtimes:`,
    ...programsOf(rows).map((program) => `${program.padEnd(8)}${commonHash(rows, program, 'weights')}`),
  ].join('\n');
}

/** docs/platforms.md. */
export function formatPage(report: Report, date: Date): string {
  const { rows } = report;
  const problems = problemsOf(report);
  return [
    '# The same bits everywhere',
    [
      'Written by `npm run platforms -- --results`. It trains the same programs ([programs.ts](../platforms/programs.ts)) on every runtime',
      'and compares the SHA-256 of the weights, and of the outputs: predictions, figures of all epochs, learning rates, and what else the',
      'host computes in float64.',
    ].join('\n'),
    [
      "Browsers train under the content security policy `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'`; in a page that is",
      'not cross-origin isolated they are asked for two threads, say once why there is one, and go on. Edge runtimes may not compile',
      'bytes, and are given the module; they have no shared memory.',
    ].join('\n'),
    `${date.toISOString().slice(0, 10)}, ${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, ` +
      `${os.platform()} ${os.arch()}. Step times are of one short run of a small net, while code is still being compiled and other ` +
      'programs may run:\nthey show that a runtime works, not how fast it is (for that see [performance.md](performance.md)).',
    problems.length === 0
      ? 'All hashes are equal.'
      : `Not as it should be:\n\n${problems.map((line) => `- ${line}`).join('\n')}`,
    ...programsOf(rows).map((program) => formatProgram(program, rows)),
  ]
    .join('\n\n')
    .concat('\n');
}

function formatProgram(program: string, rows: readonly Row[]): string {
  const lines = rows.filter((row) => row.program === program).map(cellsOf);
  return [
    `## ${program}`,
    `Weights \`${commonHash(rows, program, 'weights') ?? 'none'}\`, outputs \`${commonHash(rows, program, 'outputs') ?? 'none'}\``,
    formatTable(HEADING, lines),
  ].join('\n\n');
}

function formatTable(heading: readonly string[], lines: readonly (readonly string[])[]): string {
  const format = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [format(heading), format(heading.map(() => '---')), ...lines.map(format)].join('\n');
}
