// What a run leaves behind: lines on the terminal, and the JSON file with the facts of the machine.

import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Bound, Ceilings } from './ceiling.js';
import { rateOf, type Result, type Row } from './harness.js';
import { OURS } from './subject.js';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGigabytes: number;
  platform: string;
  date: string;
  versions: Record<string, string>;
}

/** One engine with one number of threads: a process or a page of its own. */
export interface Run {
  /** `node20`, `node24`, `chromium` */
  engine: string;
  version: string;
  v8: string;
  /** Threads of ours; the peers have one. */
  threads: number;
  /** Of one core, measured in this run. */
  ceilings: Ceilings;
}

/** A row and the run that it is of. */
export type ReportRow = Row & Pick<Run, 'engine' | 'threads'>;

export interface Report {
  machine: Machine;
  runs: Run[];
  rows: ReportRow[];
}

export function machineFacts(): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: Math.round(os.totalmem() / 1e9),
    platform: `${os.platform()} ${os.arch()}`,
    date: new Date().toISOString(),
    versions: readVersions(),
  };
}

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
}

/** Ours, and of each peer what is installed. */
function readVersions(): Record<string, string> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const read = (path: string) => JSON.parse(readFileSync(here(path), 'utf8')) as Manifest;
  const peers = Object.keys(read('package.json').dependencies ?? {});
  const installed = peers.flatMap((name) => {
    const manifest = `node_modules/${name}/package.json`;
    return existsSync(here(manifest)) ? [[name, read(manifest).version]] : [];
  });
  return { [OURS]: read('../package.json').version, ...(Object.fromEntries(installed) as Record<string, string>) };
}

/** The lines of one case. */
export function formatResult({ rows, work }: Result): string {
  const ours = rows.find(({ subject }) => subject === OURS);
  const lines = rows.map((row) => {
    const { subject, unit, value, bound = 'compute', spread = 0, note } = row;
    if (value === null) return `  ${subject.padEnd(10)}  -  ${note ?? ''}`;
    const isTimed = unit === 'ms' && work.flops === 0;
    const rate = isTimed
      ? ''
      : unit === 'ms'
        ? `${rateOf(work, 'GFLOP/s', value).toFixed(2)} GFLOP/s`
        : `${value.toFixed(2)} ${unit}`;
    const columns = [
      subject.padEnd(10),
      (unit === 'ms' ? formatTime(value) : '').padStart(10),
      rate.padStart(15),
      `${(100 * shareOf(row)!).toFixed(1)} %${MARKS[bound]}`.padStart(9),
      `${(100 * bestShareOf(row)!).toFixed(1)} %`.padStart(7),
      formatRatio(ratioOf(row, ours)).padStart(8),
      `±${(50 * spread).toFixed(0)} %`.padStart(6),
    ];
    return `  ${columns.join('  ')}  ${note ?? ''}`.trimEnd();
  });
  return [`${rows[0]!.suite} ${rows[0]!.case}`, ...lines].join('\n');
}

/** What bounds a case, where it is not arithmetic. */
export const MARKS: Record<Bound, string> = { compute: '', read: ' r', stream: ' s', process: ' p', cores: ' c' };

export const HEADING =
  '  subject          time             rate    ceiling     best  ours=1  spread   (ours=1: how many times as long it takes; ' +
  'ceiling: of arithmetic, r of reading, s of reading and writing, p an empty process, c an even share for each core; best: share of the fastest call)';

export function formatTime(milliseconds: number): string {
  return milliseconds < 0.1
    ? `${(milliseconds * 1000).toFixed(2)} us`
    : `${milliseconds.toFixed(milliseconds < 10 ? 3 : 1)} ms`;
}

/** What a row reached of the ceiling; undefined without a figure. */
export function shareOf({ unit, value, ceiling }: Row): number | undefined {
  if (value === null || ceiling === undefined) return undefined;
  return unit === 'ms' ? ceiling / value : value / ceiling;
}

/** What its best call reached. */
export function bestShareOf({ best, ...row }: Row): number | undefined {
  return shareOf({ ...row, value: best ?? row.value });
}

/** How many times as long as ours it takes. */
export function ratioOf(row: Row, ours: Row | undefined): number | undefined {
  if (row.value === null || !ours?.value) return undefined;
  return row.unit === 'ms' ? row.value / ours.value : ours.value / row.value;
}

const formatRatio = (ratio: number | undefined): string => (ratio === undefined ? '' : `${ratio.toFixed(2)}x`);
