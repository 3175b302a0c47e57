// What is wrong with a row, seen beside the others of its program.

import type { Report, Row } from './drive.js';

type Hash = 'weights' | 'outputs';

/** The hash of most rows of a program, which the others differ from; undefined if none has ended. */
export function commonHash(rows: readonly Row[], program: string, hash: Hash): string | undefined {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (row.program !== program || 'failure' in row.outcome) continue;
    const value = row.outcome[hash];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Why a row is not as it must be; undefined if it is. */
export function problemOf(row: Row, rows: readonly Row[]): string | undefined {
  const { outcome, program, threads, granted } = row;
  if ('failure' in outcome) return `failed: ${outcome.failure.split('\n')[0]}`;
  for (const hash of ['weights', 'outputs'] as const) {
    if (outcome[hash] !== commonHash(rows, program, hash)) return `${hash} differ: ${outcome[hash]}`;
  }
  if (outcome.threads !== granted) return `ran on ${outcome.threads} of ${granted} threads`;
  // Fewer threads than asked for are said once; nothing else is said.
  const expected = granted < threads ? 1 : 0;
  const { warnings } = outcome;
  if (warnings.length === expected) return undefined;
  return `warned ${warnings.length} times instead of ${expected}: ${warnings.join(' ')}`;
}

/** Every problem, with the run that has it, and every runtime that is missing. */
export function problemsOf({ rows, missing }: Report): string[] {
  return [
    ...rows.flatMap((row) => {
      const problem = problemOf(row, rows);
      return problem === undefined ? [] : [`${row.platform}, ${row.program}, ${row.threads} threads: ${problem}`];
    }),
    ...missing.map(({ platform, reason }) => `${platform} is missing: ${reason}`),
  ];
}
