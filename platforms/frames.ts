// npm run bench:frames [-- --seconds N] [--json FILE]: how evenly a page paints while a convolutional net trains in it or in its
// worker. Chromium's frames come every 16.7 ms; exits with 1 where 95 % of them do not keep to what docs/workers.md promises.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_FLAGS } from '../scripts/chromium-flags.mjs';
import { bundleHosts } from './bundle.js';
import type { FramePage, Frames, FrameTask } from './hosts/frames.js';
import { servePage } from './server.js';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

interface Row extends Omit<FrameTask, 'seconds'> {
  what: string;
  /** Milliseconds that 95 % of the frames are to stay below. */
  limit?: number;
}

const ROWS: readonly Row[] = [
  { what: 'nothing trains', place: 'idle', threads: 1 },
  { what: 'fit on the page', place: 'page', threads: 1, limit: 50 },
  { what: 'in a worker', place: 'worker', threads: 1, limit: 20 },
  { what: 'in a worker, two threads', place: 'worker', threads: 2 },
];

export interface FrameFigures {
  frames: number;
  median: number;
  /** 95 % of the frames take at most so long. */
  p95: number;
  longest: number;
  /** Share of the frames below 20 and 50 ms. */
  below20: number;
  below50: number;
  stepsPerSecond: number;
}

export function figuresOf({ intervals, steps }: Pick<Frames, 'intervals' | 'steps'>): FrameFigures {
  const sorted = [...intervals].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  const below = (limit: number): number => sorted.filter((interval) => interval < limit).length / sorted.length;
  return {
    frames: sorted.length,
    median: at(0.5),
    p95: at(0.95),
    longest: at(1),
    below20: below(20),
    below50: below(50),
    stepsPerSecond: (1000 * steps) / sorted.reduce((sum, interval) => sum + interval, 0),
  };
}

async function measure(browser: Browser, url: string, task: FrameTask): Promise<Frames> {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'measure' in (globalThis as unknown as { frames: object }).frames);
    return await page.evaluate((given) => (globalThis as unknown as { frames: FramePage }).frames.measure(given), task);
  } finally {
    await page.close();
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const COLUMNS = ['', 'frames', 'median', '95 %', 'longest', 'below 20 ms', 'below 50 ms', 'steps a second'];

function cellsOf(what: string, figures: FrameFigures): string[] {
  const { frames, median, p95, longest, below20, below50, stepsPerSecond } = figures;
  const times = [median, p95, longest].map((value) => `${value.toFixed(1)} ms`);
  return [what, String(frames), ...times, percent(below20), percent(below50), stepsPerSecond.toFixed(1)];
}

const lineOf = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(15))).join('');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, json: { type: 'string' } } });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds: expected a number above 0, got ${values.seconds}`);
  if (!existsSync(CHROMIUM))
    throw new Error(`there is no Chromium at ${CHROMIUM}: install it, or name one in CHROMIUM_PATH`);
  const bundle = await bundleHosts(['frames', 'modelWorker'], 'modules');
  const server = await servePage(bundle.folder, true, 'frames');
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: CHROMIUM_FLAGS });
  const report: Record<string, unknown>[] = [];
  try {
    console.log(
      `Chromium ${browser.version()}, ${cpus().length} cores (${cpus()[0]?.model}); other programs' load ${loadavg()[0]!.toFixed(1)}. ` +
        `The CNN of the benchmark, batches of 64; ${seconds} s each.\n`,
    );
    console.log(lineOf(COLUMNS));
    for (const { what, limit, ...task } of ROWS) {
      const frames = await measure(browser, server.url, { ...task, seconds });
      const figures = figuresOf(frames);
      const isKept = limit === undefined || figures.p95 < limit;
      const note = frames.threads < task.threads ? ' (one thread only)' : '';
      const promise = limit === undefined ? '' : isKept ? `  below ${limit} ms: kept` : `  below ${limit} ms: BROKEN`;
      console.log(`${lineOf(cellsOf(what + note, figures))}${promise}`);
      if (!isKept) process.exitCode = 1;
      report.push({ what, ...task, limit, load: loadavg()[0], ...figures });
    }
  } finally {
    await browser.close();
    server.close();
    await bundle.remove();
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
