// What `npm run platforms` makes of runtimes that misbehave: made-up ones, each with its own fault.

import { describe, expect, test } from 'vitest';
import { drive } from '../../platforms/drive.js';
import type { Need } from '../../platforms/install.js';
import { problemsOf } from '../../platforms/judge.js';
import type { Outcome, Task } from '../../platforms/outcome.js';
import type { Platform } from '../../platforms/platform.js';
import { formatPage, terminalSummary } from '../../platforms/report.js';
import { platformsOf } from '../../platforms/table.js';

const HASH = 'ab'.repeat(32);
const GOOD: Outcome = { weights: HASH, outputs: HASH, stepMilliseconds: 1.25, threads: 1, warnings: [] };

type Run = (task: Task) => Partial<Outcome>;

const platform = (name: string, run: Run = () => ({}), rest: Partial<Platform> = {}): Platform => ({
  name,
  engine: 'V8',
  threads: [1, 2].map((count) => ({ asked: count, granted: count })),
  needs: [],
  start: () =>
    Promise.resolve({
      version: () => ({ version: '1.2.3' }),
      run: (task) => new Promise((resolve) => resolve({ ...GOOD, threads: task.threads, ...run(task) })),
      close: () => Promise.resolve(),
    }),
  ...rest,
});

const good = [platform('a'), platform('b')];
const driven = (platforms: Platform[], install?: (need: Need) => void) =>
  drive(platforms, { programs: ['mlp', 'cnn'], ...(install && { install }) });

describe('a report', () => {
  test('of equal hashes has no problem', async () => {
    const report = await driven(good);
    expect(report.rows).toHaveLength(8);
    expect(problemsOf(report)).toEqual([]);
    expect(terminalSummary(report)).toContain(`The same weights on 2 runtimes:\nmlp     ${HASH}`);
  });

  test.each<[string, Run, string]>([
    [
      'other weights',
      ({ program }) => (program === 'cnn' ? { weights: 'cd' } : {}),
      'c, cnn, 1 threads: weights differ: cd',
    ],
    [
      'other predictions',
      ({ threads }) => (threads === 2 ? { outputs: 'cd' } : {}),
      'c, mlp, 2 threads: outputs differ: cd',
    ],
    ['fewer threads', () => ({ threads: 1 }), 'c, mlp, 2 threads: ran on 1 of 2 threads'],
    ['a warning', () => ({ warnings: ['oh'] }), 'c, mlp, 1 threads: warned 1 times instead of 0: oh'],
    [
      'a failure',
      () => {
        throw new Error('no wasm\nat somewhere');
      },
      'c, mlp, 1 threads: failed: no wasm',
    ],
  ])('names the one runtime with %s, and the run', async (_, run, problem) => {
    const problems = problemsOf(await driven([...good, platform('c', run)]));
    expect(problems).toContain(problem);
    expect(problems.filter((line) => !line.startsWith('c, '))).toEqual([]);
  });

  test('of a runtime without shared memory wants one thread and one warning', async () => {
    const threads = [{ asked: 2, granted: 1 }];
    const speaking = platform('c', () => ({ threads: 1, warnings: ['one thread, since'] }), { threads });
    const silent = platform('d', () => ({ threads: 1 }), { threads });
    const problems = problemsOf(await driven([...good, speaking, silent]));
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('d, mlp, 2 threads: warned 0 times instead of 1');
  });

  test('of a runtime that does not start says so', async () => {
    const start = () => Promise.reject(new Error('no display'));
    expect(problemsOf(await driven([...good, platform('c', undefined, { start })]))).toContain(
      'c, mlp, 1 threads: failed: no display',
    );
  });

  test('names what is missing after it was tried to be installed, and runs what came', async () => {
    const need = (absence: string, canCome: boolean): Need => {
      let isThere = false;
      return { absence, isThere: () => isThere, install: () => void (isThere = canCome) };
    };
    const absent = platform('c', undefined, {
      needs: [need('no driver', true), need('no such program', false), need('no font', false)],
    });
    const coming = platform('d', undefined, { needs: [need('no driver', true)] });
    const report = await driven([absent, coming, ...good], (given) => given.install());
    expect(problemsOf(report)).toEqual(['c is missing: no such program, no font']);
    expect(report.rows.some((row) => row.platform === 'd')).toBe(true);
    expect(problemsOf(await driven([coming, ...good]))).toEqual([]);
  });
});

test('the page has every run, the hashes in full, and what is wrong', async () => {
  const odd = platform('odd', () => ({ weights: 'cd'.repeat(32) }));
  const page = formatPage(await driven([...good, odd]), new Date('2020-02-03'));
  expect(page).toContain('2020-02-03');
  expect(page).toContain(`Weights \`${HASH}\``);
  expect(page).toContain(`| a | V8 | 1.2.3 | 2 | ${HASH.slice(0, 16)} | 1.25 |`);
  expect(page).toContain(`- odd, mlp, 1 threads: weights differ: ${'cd'.repeat(32)}`);
  expect(formatPage(await driven(good), new Date())).toContain('All hashes are equal.');
});

test('--only takes names and how they begin, and knows which there are', () => {
  const names = (text: string) => platformsOf(text).map(({ name }) => name);
  expect(names('bun, deno')).toEqual(['deno', 'bun']);
  expect(names('firefox')).toEqual(['firefox page', 'firefox worker', 'firefox page, not isolated']);
  expect(() => names('netscape')).toThrow(/--only.*'node20'.*got 'netscape'/);
  expect(() => names('bun,')).toThrow(/got ''/);
});
