// What a run leaves behind: lines on the terminal, and the JSON file with the facts of the machine.

import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Ceiling } from './ceiling.js';
import type { Result, Row } from './harness.js';

/** The subject that the others are compared with. */
export const OURS = 'wasmgrad';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGigabytes: number;
  platform: string;
  node: string;
  v8: string;
  date: string;
  /** Threads of ours; the peers have one. */
  threads: number;
  ceiling: Ceiling;
  versions: Record<string, string>;
}

export interface Report {
  machine: Machine;
  rows: Row[];
}

export function machineFacts(ceiling: Ceiling, threads: number): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: Math.round(os.totalmem() / 1e9),
    platform: `${os.platform()} ${os.arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    date: new Date().toISOString(),
    threads,
    ceiling,
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
export function formatResult({ rows, flops }: Result): string {
  const ours = rows.find(({ subject }) => subject === OURS);
  const lines = rows.map((row) => {
    const { subject, unit, value, ceiling, spread = 0, note } = row;
    if (value === null) return `  ${subject.padEnd(10)}  -  ${note ?? ''}`;
    const gigaflops = unit === 'ms' ? flops / value / 1e6 : value;
    const share = unit === 'ms' ? ceiling! / value : value / ceiling!;
    const columns = [
      subject.padEnd(10),
      (unit === 'ms' ? formatTime(value) : '').padStart(10),
      (flops > 0 ? `${gigaflops.toFixed(2)} GFLOP/s` : '').padStart(15),
      `${(100 * share).toFixed(1)} %`.padStart(7),
      formatRatio(row, ours).padStart(8),
      `±${(50 * spread).toFixed(0)} %`.padStart(6),
    ];
    return `  ${columns.join('  ')}  ${note ?? ''}`.trimEnd();
  });
  return [`${rows[0]!.suite} ${rows[0]!.case}`, ...lines].join('\n');
}

export const HEADING =
  '  subject          time             rate  ceiling  ours=1  spread   (ours=1: how many times as long it takes)';

function formatTime(milliseconds: number): string {
  return milliseconds < 0.1
    ? `${(milliseconds * 1000).toFixed(2)} us`
    : `${milliseconds.toFixed(milliseconds < 10 ? 3 : 1)} ms`;
}

/** How many times as long as ours it takes. */
function formatRatio(row: Row, ours: Row | undefined): string {
  if (row.value === null || !ours?.value) return '';
  const ratio = row.unit === 'ms' ? row.value / ours.value : ours.value / row.value;
  return `${ratio.toFixed(2)}x`;
}
