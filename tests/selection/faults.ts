// npm run test:faults [-- --times 10]: a study over Redis and three worker processes, in which everything dies that can. Then
// every trial has one result, and they are those of an undisturbed run.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { numberArgument, timed } from '../../examples/figures.js';
import { inline, readJournal, type Trial } from '../../bindings/selection/index.js';
import { runFaultStudy, TRIALS } from './faultSpace.js';
import { redisServer } from '../../examples/search/redisServer.js';
import { kill, workerProcess } from '../../examples/search/workerProcess.js';

const SCRIPT = fileURLToPath(new URL('./faultStudy.ts', import.meta.url));
const QUEUE = 'faults';
const WORKERS = 3;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const factsOf = (trials: readonly Trial[]) => trials.map(({ seconds: _, ...rest }) => rest);

/** A coordinator in a process of its own. */
function coordinator(redis: string, journal: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, redis, QUEUE, journal]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exit, output: () => output };
}

const linesOf = (journal: string): string[] =>
  existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : [];

/** Waits until so many trials have a result. */
async function untilDone(journal: string, count: number, child: ChildProcess): Promise<void> {
  const done = () => linesOf(journal).filter((line) => line.includes('"state"')).length;
  while (done() < count) {
    if (child.exitCode !== null) throw new Error(`the coordinator ended (${child.exitCode}) before ${count} trials.`);
    await pause(10);
  }
}

async function disturbedRun(folder: string): Promise<{ trials: readonly Trial[]; lines: string[] }> {
  const journal = join(folder, 'study.jsonl');
  const server = await redisServer();
  const processes = await Promise.all(
    Array.from({ length: WORKERS }, () => workerProcess(server.url, QUEUE, { deadAfterSeconds: 1 })),
  );
  try {
    const first = coordinator(server.url, journal);
    await untilDone(journal, 1, first.child);
    const intruder = coordinator(server.url, journal);
    if ((await intruder.exit) === 0 || !intruder.output().includes('in use')) {
      throw new Error(`a second coordinator was not refused: ${intruder.output()}`);
    }
    await untilDone(journal, 3, first.child);
    await kill(processes[0]!);
    processes.push(await workerProcess(server.url, QUEUE, { deadAfterSeconds: 1 }));
    await untilDone(journal, 6, first.child);
    await server.kill();
    await pause(500);
    await server.start();
    await untilDone(journal, 9, first.child);
    if (first.child.exitCode !== null) throw new Error('the coordinator ended before it was killed.');
    await kill(first.child);
    // The end of a line that was being written.
    appendFileSync(journal, '{"trial":99,"par');
    const second = coordinator(server.url, journal);
    if ((await second.exit) !== 0) throw new Error(`the study did not go on: ${second.output()}`);
    return { trials: readJournal(readFileSync(journal)).trials, lines: linesOf(journal) };
  } finally {
    await Promise.all(processes.map((child) => kill(child)));
    await server.remove();
  }
}

/** What is wrong with a run; nothing if all is well. */
function faultsOf({ trials, lines }: Awaited<ReturnType<typeof disturbedRun>>, calm: readonly Trial[]): string[] {
  const results = lines.filter((line) => line.includes('"state"'));
  const numbers = new Set(trials.map(({ number }) => number));
  return [
    ...(numbers.size === TRIALS && trials.length === TRIALS ? [] : [`${trials.length} results of ${TRIALS} trials`]),
    ...(results.length === TRIALS ? [] : [`${results.length} lines with results in the journal`]),
    ...(isDeepStrictEqual(factsOf(trials), factsOf(calm)) ? [] : ['trials differ from the undisturbed ones']),
  ];
}

const times = numberArgument('times', 10);
console.log(
  `${TRIALS} trials on ${WORKERS} worker processes; some throw, some are NaN, one never ends. In each run, kill -9 of a worker,`,
);
console.log(
  'of the Redis server and of the coordinator, a torn last line, and a second coordinator on the same journal.\n',
);
const calm = await runFaultStudy(inline());
const states = ['complete', 'pruned', 'failed'].map(
  (state) => `${calm.trials.filter((trial) => trial.state === state).length} ${state}`,
);
console.log(
  `undisturbed: ${states.join(', ')}; the best is trial ${calm.best!.number} with ${calm.best!.value!.toFixed(4)}`,
);
let failed = 0;
for (let run = 1; run <= times; run++) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-faults-'));
  try {
    const { value, seconds } = await timed(() => disturbedRun(folder));
    const faults = faultsOf(value, calm.trials);
    failed += Number(faults.length > 0);
    console.log(
      `run ${String(run).padStart(2)}: ${faults.join('; ') || 'every trial once, all as undisturbed'} (${seconds.toFixed(1)} s)`,
    );
  } catch (error) {
    failed++;
    console.log(`run ${String(run).padStart(2)}: ${String(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`\n${times - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
