// Studies: what trials come to, the journal that loses nothing, and the same trials whoever runs them.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { FormatError, OptionError, StateError } from '../../bindings/index.js';
import { fileJournal } from '../../bindings/node.js';
import {
  asha,
  choice,
  conditional,
  hyperband,
  inline,
  logUniform,
  medianPruner,
  memoryJournal,
  randomSearch,
  readJournal,
  study,
  taskSeed,
  tpe,
  uniform,
  type Executor,
  type Objective,
  type ParamsOf,
  type StudyOptions,
  type Trial,
} from '../../bindings/selection/index.js';
import { expectError } from '../model/support.js';

const space = {
  rate: logUniform(1e-3, 1),
  kind: choice(['a', 'b']),
  extra: conditional('kind', ['b'], uniform(0, 1)),
};

type Own = ParamsOf<typeof space>;

/** Some steps with reports; smaller near rate 0.1. */
const objective: Objective<Own> = async ({ rate, kind, extra }, { seed, report }) => {
  const value = Math.abs(Math.log10(rate) + 1) + (kind === 'b' ? 0.1 * extra : 0.3) + (seed % 7) / 100;
  for (let step = 1; step <= 4; step++) await report(value + 1 / step);
  return value;
};

const base = { space, objective, trials: 24, seed: 5, sampler: tpe({ startupTrials: 5 }) };

/** Trials without what differs from run to run. */
const factsOf = (trials: readonly Trial[]) => trials.map(({ seconds: _, ...rest }) => rest);

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-study-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Several at once, each held up so that they end in another order. */
function jumbled(concurrency: number): Executor {
  let count = 0;
  return {
    concurrency,
    async run(task, options) {
      await new Promise((resolve) => setTimeout(resolve, ((count++ * 7) % 4) * 3));
      return inline().run(task, options);
    },
    close: () => Promise.resolve(),
  };
}

describe('study', () => {
  test('finds the best, tells each trial, and seeds by number', async () => {
    const onTrial = vi.fn();
    const { trials, best } = await study({ ...base, onTrial });
    expect(trials.map(({ number, state }) => [number, state])).toEqual(trials.map((_, i) => [i, 'complete']));
    expect(best!.value).toBe(Math.min(...trials.map(({ value }) => value!)));
    expect(trials.map(({ seed }) => seed)).toEqual(trials.map((_, i) => taskSeed(5, i)));
    expect(onTrial.mock.calls.map(([trial]) => trial as Trial)).toEqual(trials);
    expect(onTrial.mock.calls.at(-1)![1]).toEqual({ done: 24, total: 24 });
    expect(trials[0]!.reports).toHaveLength(4);
    const opposite = await study({
      ...base,
      direction: 'maximize',
      objective: async (p, c) => -(await objective(p, c)),
    });
    expect(opposite.trials.map(({ params }) => params)).toEqual(trials.map(({ params }) => params));
    expect(opposite.best!.number).toBe(best!.number);
  });

  test.each([
    ['tpe and asha', { pruner: asha() }],
    ['tpe and median', { pruner: medianPruner() }],
    ['random', { sampler: randomSearch() }],
    ['hyperband', { schedule: hyperband({ maximum: 9 }), trials: undefined }],
  ] as const)('%s: the same trials whoever runs them and whoever ends first', async (_, own) => {
    const run = async (executor: Executor) => factsOf((await study({ ...base, lag: 4, ...own, executor })).trials);
    const alone = await run(inline());
    expect(await run(jumbled(4))).toEqual(alone);
    expect(await run(jumbled(3))).toEqual(alone);
    if ('pruner' in own) expect(alone.some(({ state }) => state === 'pruned')).toBe(true);
  });

  test('no more trials run at once than the executor and the lag allow', async () => {
    /** The most that run at once; none ends before `expected` do. */
    const run = async (expected: number, options: Partial<StudyOptions>) => {
      let [running, most] = [0, 0];
      let waiting: (() => void)[] = [];
      const counting: Objective = async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length < expected) return;
          const all = waiting;
          waiting = [];
          // Time for one too many to begin.
          setTimeout(() => all.forEach((end) => end()), 5);
        });
        running--;
        return 1;
      };
      await study({ space, objective: counting, trials: 12, ...options });
      return most;
    };
    expect(await run(3, { executor: jumbled(3) })).toBe(3);
    expect(await run(2, { executor: jumbled(3), lag: 2 })).toBe(2);
    expect(await run(3, { executor: jumbled(3), lag: 1, sampler: randomSearch() })).toBe(3);
  });

  test('what throws, returns or reports no number, or never ends has failed; the study goes on', async () => {
    const faults: Record<number, () => unknown> = {
      1: () => { throw new TypeError('no such layer'); },
      2: () => NaN,
      3: () => new Promise(() => undefined),
      4: () => undefined,
      5: () => Infinity,
    }; // prettier-ignore
    let count = 0;
    const { trials, best } = await study({
      ...base,
      trials: 8,
      timeLimit: 0.05,
      objective: async (params, context) => {
        const number = count++;
        if (number === 6) await context.report(NaN);
        return faults[number] ? (faults[number]() as Promise<number>) : objective(params, context);
      },
    });
    expect(trials.map(({ state }) => state)).toEqual(['complete', ...Array<string>(6).fill('failed'), 'complete']);
    expect(trials.slice(1, 7).map(({ reason }) => reason)).toEqual([
      'no such layer.',
      'returned NaN, expected a finite number',
      'took longer than 0.05 s',
      'returned undefined, expected a finite number',
      'returned Infinity, expected a finite number',
      'reported NaN at step 1',
    ]);
    expect([0, 7]).toContain(best!.number);
  });

  test('a pruned trial is told by a rejected report, and stays pruned if it does not listen', async () => {
    const told: string[] = [];
    const { trials } = await study({
      space: { x: uniform(0, 1) },
      trials: 6,
      sampler: randomSearch(),
      pruner: asha({ reductionFactor: 2 }),
      objective: async ({ x }, { report }) => {
        await report(x).catch((error: Error) => told.push(error.name));
        await report(x).catch((error: Error) => told.push(error.name));
        return x;
      },
    });
    const pruned = trials.filter(({ state }) => state === 'pruned');
    expect(pruned.length).toBeGreaterThan(0);
    expect(told).toEqual(pruned.flatMap(() => ['TrialPruned', 'TrialPruned']));
    for (const { value, reason, reports } of pruned) {
      expect([value, reason, reports.length]).toEqual([undefined, 'pruned at step 1', 1]);
    }
  });

  test('refuses what does not fit', async () => {
    const bad = (options: object, ...words: string[]) =>
      expectError(() => study({ ...base, ...options }), OptionError, 'INVALID_OPTION', ...words);
    await bad({ trial: 3 }, "'trials'");
    await bad({ trials: 0 }, 'trials');
    await bad({ trials: undefined }, 'trials must be given', 'tpe');
    await bad({ schedule: hyperband({ maximum: 9 }) }, 'not both');
    await bad({ objective: 'objective.js' }, 'objective');
    await bad({ direction: 'up' }, 'direction');
    await bad({ sampler: 'tpe' }, 'tpe()');
    await bad({ pruner: {} }, 'asha()');
    await bad({ journal: 'a.jsonl' }, 'journal');
    await bad({ lag: 0 }, 'lag');
    await bad({ timeLimit: 0 }, 'timeLimit');
    await bad({ executor: {} }, 'executor');
  });
});

describe('the journal', () => {
  test('a study cut off anywhere goes on to the same end, and runs nothing twice', async () => {
    const whole = memoryJournal();
    const { trials } = await study({ ...base, trials: 12, pruner: asha(), journal: whole });
    const bytes = whole.bytes;
    for (let length = 0; length < bytes.length; length += 97) {
      const journal = memoryJournal(bytes.subarray(0, length));
      const done = readJournal(bytes.subarray(0, length)).trials.length;
      let runs = 0;
      const counted: typeof objective = (params, context) => (runs++, objective(params, context));
      const again = await study({ ...base, trials: 12, pruner: asha(), journal, objective: counted });
      expect(factsOf(again.trials)).toEqual(factsOf(trials));
      expect(runs).toBe(12 - done);
      const { trials: written } = readJournal(journal.bytes);
      expect(factsOf(written)).toEqual(factsOf(trials));
      const kept = journal.bytes.subarray(0, bytes.subarray(0, length).lastIndexOf(10) + 1);
      expect(kept).toEqual(bytes.subarray(0, kept.length));
    }
  });

  test('an abort leaves a journal that goes on; more trials go on from there', async () => {
    const journal = memoryJournal();
    const stop = new AbortController();
    const onTrial = ({ number }: Trial) => number === 6 && stop.abort(new Error('lunch'));
    await expect(study({ ...base, journal, signal: stop.signal, onTrial })).rejects.toThrow('lunch');
    expect(readJournal(journal.bytes).trials).toHaveLength(7);
    const { trials } = await study({ ...base, journal });
    expect(factsOf(trials)).toEqual(factsOf((await study(base)).trials));
    expect((await study({ ...base, trials: 26, journal })).trials).toHaveLength(26);
  });

  test('of another study it is refused, the lag may be left to it', async () => {
    const journal = memoryJournal();
    await study({ ...base, trials: 3, lag: 2, journal });
    const bad = (own: object, ...words: string[]) =>
      expectError(() => study({ ...base, trials: 3, journal, ...own }), StateError, 'INVALID_STATE', ...words);
    await bad({ seed: 6 }, 'its seed is 5');
    await bad({ lag: 3 }, 'its lag is 2');
    await bad({ sampler: randomSearch() }, 'sampler', 'randomSearch');
    await bad({ space: { ...space, rate: logUniform(1e-4, 1) } }, 'space', '0.0001');
    await bad({ direction: 'maximize' }, 'direction');
    expect((await study({ ...base, trials: 4, journal })).trials).toHaveLength(4);
  });

  test('any broken byte is an error that names the line, or a torn end', async () => {
    const journal = memoryJournal();
    await study({ ...base, trials: 3, pruner: asha(), journal });
    const { bytes } = journal;
    const trials = factsOf(readJournal(bytes, space).trials);
    const lineAt = (offset: number) => bytes.subarray(0, offset).filter((byte) => byte === 10).length + 1;
    const last = bytes.length - 1;
    for (let offset = 0; offset < bytes.length; offset++) {
      for (const mask of [1, 4, 0x20, 0x80, 0xff]) {
        const broken = Uint8Array.from(bytes);
        broken[offset]! ^= mask;
        let error: unknown;
        try {
          const read = readJournal(broken, space);
          // Without its end the last line is what a kill leaves.
          expect(offset).toBe(last);
          expect(factsOf(read.trials)).toEqual(trials.slice(0, 2));
          continue;
        } catch (caught) {
          error = caught;
        }
        expect(error).toBeInstanceOf(FormatError);
        const line = Number(/^journal: line (\d+): expected .+, got /s.exec((error as Error).message)?.[1]);
        expect([lineAt(offset), lineAt(offset) + 1]).toContain(line);
      }
      const cut = readJournal(bytes.subarray(0, offset), space);
      expect(cut.length).toBe(bytes.subarray(0, offset).lastIndexOf(10) + 1);
    }
  });
});

/** Runs the study of tests/selection/killed.mjs on a journal, in a process of its own. */
function runStudy(
  path: string,
  trials: number,
): { killAt: (lines: number) => Promise<void>; exit: Promise<number | null>; output: () => string } {
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    new URL('./killed.ts', import.meta.url).pathname,
    path,
    String(trials),
  ]);
  let text = '';
  child.stdout.on('data', (data) => (text += String(data)));
  child.stderr.on('data', (data) => (text += String(data)));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return {
    exit,
    output: () => text,
    async killAt(lines) {
      const count = () => (existsSync(path) ? readFileSync(path).filter((byte) => byte === 10).length : 0);
      while (count() < lines && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill('SIGKILL');
      await exit;
    },
  };
}

describe('fileJournal', () => {
  test(
    'a coordinator killed at any moment loses nothing, and its lock is taken over',
    { timeout: 60_000 },
    async () => {
      const [path, calm] = [join(folder, 'killed.jsonl'), join(folder, 'calm.jsonl')];
      for (const lines of [3, 10, 17]) await runStudy(path, 12).killAt(lines);
      expect(existsSync(`${path}.lock`)).toBe(true);
      const torn = readFileSync(path);
      writeFileSync(path, torn.subarray(0, torn.length - 5));
      const [last, undisturbed] = [runStudy(path, 12), runStudy(calm, 12)];
      expect([await last.exit, await undisturbed.exit], last.output()).toEqual([0, 0]);
      const read = (file: string) => factsOf(readJournal(readFileSync(file)).trials);
      expect(read(path)).toHaveLength(12);
      expect(read(path)).toEqual(read(calm));
      expect(last.output()).toBe(undisturbed.output());
      expect(existsSync(`${path}.lock`)).toBe(false);
    },
  );

  test('a second coordinator is refused, and does not disturb the first', async () => {
    const path = join(folder, 'two.jsonl');
    const journal = fileJournal(path);
    const second = () => study({ ...base, journal: fileJournal(path) });
    let tried = false;
    const { trials } = await study({
      ...base,
      journal,
      onTrial: ({ number }) => {
        if (number !== 2) return;
        tried = true;
        expect(() => fileJournal(path).open()).toThrow(`in use by process ${process.pid}`);
      },
    });
    expect(tried).toBe(true);
    expect(factsOf((await second()).trials)).toEqual(factsOf(trials));
    const open = await journal.open();
    await expectError(second, StateError, 'INVALID_STATE', 'in use', String(process.pid));
    await open.close();
    expect(() => fileJournal('')).toThrow(OptionError);
  });

  test('the lock of a later process with the same number is not mistaken for one in use', async () => {
    const path = join(folder, 'reused.jsonl');
    const { hostname } = await import('node:os');
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.pid, start: '1', host: hostname() }));
    expect((await study({ ...base, trials: 2, journal: fileJournal(path) })).trials).toHaveLength(2);
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: 1, start: '', host: 'elsewhere' }));
    await expectError(
      () => study({ ...base, trials: 2, journal: fileJournal(path) }),
      StateError,
      'INVALID_STATE',
      'elsewhere',
    );
  });
});
