// A training process is killed (SIGKILL) at moments that nobody chose, and started again, until it is through: it goes on from
// its last checkpoint, and ends in the bytes of a run that was left in peace.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const WORKER = new URL('worker.ts', import.meta.url).pathname;

interface Attempt {
  /** Batches that were done where it began. */
  from: number;
  /** After how many milliseconds of training it was killed; undefined if it came to its end. */
  killedAfter: number | undefined;
  /** Batches and accuracy at its end. */
  end: { batches: number; accuracy: number } | undefined;
}

/** Runs the worker, and kills it so many milliseconds after it began to train. */
async function attempt(folder: string, epochs: number, killAfter?: number): Promise<Attempt> {
  const child = spawn(process.execPath, ['--import', 'tsx', WORKER, folder, String(epochs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const isGone = new Promise((resolve) => child.once('exit', resolve));
  const lines: { batches: number; accuracy?: number }[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as (typeof lines)[number]);
    if (lines.length === 1 && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
  }
  await isGone;
  const [first, last] = lines;
  if (!first) throw new Error('The worker failed before it began to train.');
  return {
    from: first.batches,
    killedAfter: last ? undefined : killAfter,
    end: last && { batches: last.batches, accuracy: last.accuracy! },
  };
}

const digestOf = (folder: string): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, 'final.safetensors')))
    .digest('hex');

export interface ResumeResult {
  attempts: Attempt[];
  /** SHA-256 of the file with weights, states and history. */
  killed: string;
  undisturbed: string;
  accuracy: number;
  batches: number;
}

export async function run({ kills = 8, epochs = 100 } = {}): Promise<ResumeResult> {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'wasmgrad-resume-'))) as [string, string];
  try {
    const { end } = await attempt(folders[0], epochs);
    const attempts: Attempt[] = [];
    while (!attempts.at(-1)?.end) {
      // Any moments will do; a worker that is through before it is killed ends the loop.
      const moment = 150 + ((attempts.length * 137) % 500);
      attempts.push(await attempt(folders[1], epochs, attempts.length < kills ? moment : undefined));
    }
    return { attempts, undisturbed: digestOf(folders[0]), killed: digestOf(folders[1]), ...end! };
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}
