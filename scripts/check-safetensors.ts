// tsx scripts/check-safetensors.ts: has the official reader (`pip install safetensors`, 0.8.0 by Hugging Face) read files of ours, and
// compares its verdict on tens of thousands of broken headers with that of our reader. Needs python3, or the one of $PYTHON.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError, type Callback } from '../bindings/index.js';
import { readSafetensors, writeSafetensors } from '../bindings/formats/safetensors.js';
import { fitRun, RUNS } from '../tests/resume/runs.js';

/** What our reader finds in a file; undefined if it refuses it. */
function found(bytes: Uint8Array) {
  try {
    const { metadata, tensors } = readSafetensors(bytes, 'check');
    const entries = [...tensors].map(([name, tensor]) => {
      const digest = createHash('sha256').update(tensor.bytes).digest('hex');
      return [name, [tensor.dtype, tensor.shape, digest]] as const;
    });
    return { metadata, tensors: Object.fromEntries(entries) };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** Weights alone, and all of training from within an epoch, of nets with all that has a state. */
async function ownFiles(): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for (const run of Object.values(RUNS)) {
    using net = run.build();
    const { callbacks, ...options } = run.options();
    const keep: Callback = {
      onBatchEnd: async (batch, _, { model }) => {
        if (batch === 2) files.push(await model.save({ training: true }));
      },
    };
    await fitRun(net, run, { ...options, epochs: 2, callbacks: [...callbacks, keep] });
    files.push(await net.save());
  }
  return files;
}

/** Every byte of a small header replaced by every other, and the file cut short at every length. */
function* brokenFiles(): Generator<Uint8Array> {
  const zeros = (length: number) => new Uint8Array(length);
  const small = writeSafetensors(
    [
      ['a', { dtype: 'F32', shape: [2, 2], bytes: zeros(16) }],
      ['b', { dtype: 'U8', shape: [3], bytes: zeros(3) }],
      ['e', { dtype: 'F64', shape: [0], bytes: zeros(0) }],
    ],
    { format: 'x' },
  );
  for (let at = 0; at < small.length - 19; at++) {
    for (let value = 0; value < 256; value++) yield Object.assign(small.slice(), { [at]: value });
  }
  for (let length = 0; length < small.length; length++) yield small.slice(0, length);
}

const folder = mkdtempSync(join(tmpdir(), 'check-safetensors-'));
try {
  const describe = (bytes: Uint8Array) => ({ hex: Buffer.from(bytes).toString('hex'), found: found(bytes) ?? null });
  writeFileSync(join(folder, 'own.json'), JSON.stringify((await ownFiles()).map(describe)));
  writeFileSync(join(folder, 'broken.json'), JSON.stringify([...brokenFiles()].map(describe)));
  const script = new URL('check_safetensors.py', import.meta.url).pathname;
  const { status } = spawnSync(process.env.PYTHON ?? 'python3', [script, folder], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
