// RESULTS.md from a small report.

import { expect, test } from 'vitest';
import type { Report, ReportRow, Run } from '../../bench/report.js';
import { formatReport } from '../../bench/results.js';

const run: Run = {
  engine: 'node24',
  version: '24.1.0',
  v8: '13.6',
  threads: 1,
  ceilings: {
    multiplyAdd: { gigaflops: 50, shape: '12 chains, joint' },
    fused: { gigaflops: 90.04, shape: '8 chains, fused' },
    read: [
      { bytes: 2 ** 18, gigabytesPerSecond: 60 },
      { bytes: 2 ** 22, gigabytesPerSecond: 40 },
    ],
    stream: [{ bytes: 2 ** 27, gigabytesPerSecond: 20 }],
  },
};
const { fused: _, ...unfused } = run.ceilings;

const row = (changes: Partial<ReportRow>): ReportRow => ({
  suite: 'gemm',
  case: 'NN 64',
  subject: 'wasmgrad',
  engine: 'node24',
  threads: 1,
  unit: 'GFLOP/s',
  value: 40,
  best: 45,
  ceiling: 50,
  bound: 'compute',
  ...changes,
});

const report: Report = {
  machine: {
    cpu: 'A CPU',
    cores: 2,
    memoryGigabytes: 8,
    platform: 'linux x64',
    date: '2026-01-02T03:04:05.000Z',
    versions: { wasmgrad: '0.1.0', peer: '4.22.0' },
  },
  runs: [run, { ...run, engine: 'chromium', version: '150.0', threads: 2, ceilings: unfused }],
  rows: [
    row({}),
    row({ subject: 'peer', value: 10 }),
    row({ subject: 'mute', value: null, note: 'cannot' }),
    row({ engine: 'chromium', threads: 2, value: 60, best: 70 }),
    row({ subject: 'peer', engine: 'chromium', threads: 2, value: null, note: 'not loaded: no' }),
    row({ case: 'NN 1x64x64', value: 16, best: 18, ceiling: 20, bound: 'read' }),
    row({ case: 'NN 1x64x64', subject: 'peer', value: 8, ceiling: 20, bound: 'read' }),
    row({ suite: 'training', case: 'mlp', unit: 'ms', value: 2, best: 1.6, ceiling: 1 }),
    row({ suite: 'training', case: 'mlp', unit: 'ms', subject: 'peer', value: 25, ceiling: 1 }),
  ],
};

/** Cells of the lines that begin with these. */
function cells(text: string, ...first: string[]): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const split = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return split.filter((line) => first.every((cell, i) => line[i] === cell));
}

const text = formatReport(report);

test('names the machine, the day and the versions', () => {
  expect(text).toContain('A CPU, 2 cores, 8 GB, linux x64. 2026-01-02.');
  expect(text).toContain('wasmgrad 0.1.0, peer 4.22.0.');
});

test('lists each engine with its ceilings', () => {
  expect(cells(text, 'engine')[0]).toContain('read 4 MiB GB/s');
  expect(cells(text, 'node24')).toEqual([['node24', '24.1.0', '13.6', '1', '50.0', '90.0', '60.0', '40.0', '20.0']]);
  expect(cells(text, 'chromium')[0]!.slice(3, 6)).toEqual(['2', '50.0', '-']);
});

test('has one table a suite: ratios of the peers to ours, and shares of the ceiling', () => {
  expect(text.match(/^## .*/gm)).toEqual([
    '## Machine',
    '## Engines and ceilings of one core',
    '## gemm',
    '## training',
  ]);
  expect(cells(text, 'case')[0]).toEqual(['case', 'engine', 'threads', 'wasmgrad', 'ceiling', 'best', 'peer']);
  expect(cells(text, 'NN 64')).toEqual([
    ['NN 64', 'node24', '1', '40.0 GFLOP/s', '80 %', '90 %', '4.00x (20 %)'],
    ['NN 64', 'chromium', '2', '60.0 GFLOP/s', '120 %', '140 %', '-'],
  ]);
  expect(cells(text, 'NN 1x64x64')).toEqual([
    ['NN 1x64x64', 'node24', '1', '16.0 GFLOP/s', '80 % r', '90 % r', '2.00x (40 % r)'],
  ]);
  expect(cells(text, 'mlp')).toEqual([['mlp', 'node24', '1', '2.000 ms', '50 %', '63 %', '12.5x (4.0 %)']]);
});

test('says why a figure is missing', () => {
  expect(text).toContain('- mute on node24 (NN 64): cannot');
  expect(text).toContain('- peer on chromium (NN 64): not loaded: no');
});
