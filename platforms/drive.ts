// Trains every program on runtimes, one after the other.

import type { HostVersion, Outcome, Task } from './outcome.js';
import type { Need } from './install.js';
import type { Engine, Platform, Session } from './platform.js';

const LIMIT_MILLISECONDS = 180_000;

/** A run: where, what, and what came of it. */
export interface Row extends Task {
  platform: string;
  engine: Engine;
  version: HostVersion;
  /** Threads that it is to have, of those asked for. */
  granted: number;
  outcome: Outcome | { failure: string };
}

export interface Missing {
  platform: string;
  reason: string;
}

export interface Report {
  rows: Row[];
  missing: Missing[];
}

export interface DriveOptions {
  programs: readonly string[];
  /** Gets what is not there, where it can. */
  install?: (need: Need) => void;
  onRow?: (row: Row) => void;
  onMissing?: (missing: Missing) => void;
}

export async function drive(platforms: readonly Platform[], options: DriveOptions): Promise<Report> {
  const report: Report = { rows: [], missing: [] };
  for (const platform of platforms) {
    for (const need of platform.needs) if (!need.isThere()) options.install?.(need);
    const absent = platform.needs.filter((need) => !need.isThere());
    if (absent.length === 0) report.rows.push(...(await drivePlatform(platform, options)));
    else {
      const missing = { platform: platform.name, reason: absent.map(({ absence }) => absence).join(', ') };
      report.missing.push(missing);
      options.onMissing?.(missing);
    }
  }
  return report;
}

async function drivePlatform(platform: Platform, { programs, onRow }: DriveOptions): Promise<Row[]> {
  const { name, engine, threads } = platform;
  const rows: Row[] = [];
  let session: Session | undefined;
  try {
    for (const program of programs) {
      for (const { asked, granted } of threads) {
        const outcome = await attempt(async () => {
          session ??= await platform.start();
          return session.run({ program, threads: asked });
        });
        const version = session?.version() ?? { version: '' };
        const row: Row = { platform: name, engine, version, program, threads: asked, granted, outcome };
        rows.push(row);
        onRow?.(row);
      }
    }
  } finally {
    await session?.close().catch((error: unknown) => console.error(`${name} did not close:`, error));
  }
  return rows;
}

/** A run that fails, or does not end, is a row that says so. */
async function attempt(run: () => Promise<Outcome>): Promise<Row['outcome']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${LIMIT_MILLISECONDS / 1000} s`)), LIMIT_MILLISECONDS);
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
