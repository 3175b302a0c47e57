// The comparison of two runs of the bench: by shares of the ceiling, beyond noise.

import { expect, test } from 'vitest';
import { compareReports, formatComparison } from '../../bench/compare.js';
import type { Machine, Report, ReportRow } from '../../bench/report.js';

const report = (rows: Partial<ReportRow>[]): Report => ({
  machine: {} as Machine,
  runs: [],
  rows: rows.map((row) => ({
    engine: 'node20',
    threads: 1,
    suite: 'gemm',
    case: 'a',
    subject: 'wasmgrad',
    unit: 'GFLOP/s',
    value: 40,
    ceiling: 50,
    ...row,
  })),
});

test('half the rate under half the ceiling is no loss', () => {
  const [comparison] = compareReports(report([{}]), report([{ value: 20, ceiling: 25 }]));
  expect(comparison).toMatchObject({ before: 0.8, now: 0.8, ratio: 1, isSlower: false });
});

test('a time counts against the least time', () => {
  const before = report([{ unit: 'ms', value: 10, ceiling: 5 }]);
  expect(compareReports(before, report([{ unit: 'ms', value: 20, ceiling: 5 }]))[0]).toMatchObject({
    ratio: 0.5,
    isSlower: true,
  });
  expect(compareReports(before, report([{ unit: 'ms', value: 20, ceiling: 10 }]))[0]).toMatchObject({
    ratio: 1,
    isSlower: false,
  });
});

test('a loss within the spread of the rounds is noise, one beyond it is marked', () => {
  const slower = report([{ value: 32 }]);
  expect(compareReports(report([{ spread: 0.3 }]), report([{ value: 32, spread: 0.2 }]))[0]!.isSlower).toBe(false);
  const comparisons = compareReports(report([{}]), slower);
  expect(comparisons[0]!.isSlower).toBe(true);
  expect(formatComparison(comparisons)).toMatch(/node20\/1 gemm a +80\.0 % +64\.0 % +0\.80x +±5 % +SLOWER/);
});

test('a median that lost alone is not marked: neighbours slow calls down, but not each of them', () => {
  const before = report([{ best: 45 }]);
  expect(compareReports(before, report([{ value: 30, best: 44 }]))[0]!.isSlower).toBe(false);
  expect(compareReports(before, report([{ value: 30, best: 35 }]))[0]!.isSlower).toBe(true);
  expect(compareReports(before, report([{ value: 39, best: 35 }]))[0]!.isSlower).toBe(false);
});

test('peers, cases that had no figure and cases of one run only are left out', () => {
  const rows: Partial<ReportRow>[] = [{ subject: 'tfjs-wasm' }, { case: 'b', value: null }, {}, { case: 'c' }];
  expect(compareReports(report(rows.slice(0, 3)), report(rows)).map((row) => row.case)).toEqual(['a']);
});

test('a case that lost its figure is marked', () => {
  expect(compareReports(report([{}]), report([{ value: null }]))[0]).toMatchObject({ now: 0, isSlower: true });
});

test('runs with no case in common are an error', () => {
  expect(() => compareReports(report([{}]), report([{ case: 'b' }]))).toThrow(/no case of ours in common/);
});

test('a row is compared with that of its own engine and number of threads', () => {
  const runs = [
    { engine: 'node20', threads: 1 },
    { engine: 'node20', threads: 2 },
    { engine: 'chromium', threads: 1 },
  ];
  const before = report(runs.map((run, i) => ({ ...run, value: 10 * (i + 1) })));
  const now = report([...runs].reverse().map((run, i) => ({ ...run, value: 10 * (3 - i) })));
  const comparisons = compareReports(before, now);
  expect(comparisons.map(({ ratio }) => ratio)).toEqual([1, 1, 1]);
  expect(comparisons[0]).toMatchObject({ engine: 'chromium', threads: 1, now: 0.6 });
  expect(formatComparison(comparisons)).toMatch(/node20\/2 gemm a +40\.0 %/);
});

test.each([{ threads: 2 }, { engine: 'node24' }])('runs that differ in %o are not compared', (other) => {
  expect(() => compareReports(report([{}]), report([other]))).toThrow(
    /earlier one has gemm on node20 with 1 thread\(s\), this one gemm on .*(2 thread|node24)/,
  );
});
