// npm run bench -- [--only NAME] [--json FILE] [--rounds N] [--threads N] [--compare FILE]: our speed beside that of the peers.
// See README.md.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { init } from '../bindings/index.js';
import { getRuntime } from '../bindings/runtime/runtime.js';
import { measureCeiling } from './ceiling.js';
import { compareReports, formatComparison } from './compare.js';
import type { Timing } from './harness.js';
import { formatResult, HEADING, machineFacts, OURS, type Report } from './report.js';
import { Unsupported, type Subject } from './subject.js';
import { gemmCaseNames, runGemm } from './suites/gemm.js';
import { inferenceCaseNames, runInference } from './suites/inference.js';
import { processCaseNames, runProcess } from './suites/process.js';
import { runTraining, trainingCaseNames } from './suites/training.js';

const SUITES = [
  { name: 'gemm', cases: gemmCaseNames, run: runGemm },
  { name: 'training', cases: trainingCaseNames, run: runTraining },
  { name: 'inference', cases: inferenceCaseNames, run: runInference },
  { name: 'process', cases: processCaseNames, run: runProcess },
];

/** Where subjects come from, and their names should that fail. */
const SOURCES: readonly { names: string[]; load: () => Promise<Subject[]> }[] = [
  { names: [OURS], load: async () => (await import('./subjects/wasmgrad.js')).loadWasmgrad() },
  { names: ['tfjs-cpu', 'tfjs-wasm'], load: async () => (await import('./subjects/tfjs.js')).loadTfjs() },
  { names: ['jax-wasm'], load: async () => (await import('./subjects/jax.js')).loadJax() },
  { names: ['ort-wasm'], load: async () => (await import('./subjects/ort.js')).loadOrt() },
  { names: ['convnetjs'], load: async () => (await import('./subjects/convnet.js')).loadConvnet() },
];

const DEFAULT_ROUNDS = 7;
const TURN_MILLISECONDS = 100;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'string' },
      rounds: { type: 'string' },
      threads: { type: 'string' },
      compare: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: expected a whole number above 0, got ${values.rounds}`);
  const timing: Timing = { rounds, turnMilliseconds: TURN_MILLISECONDS };
  const isWanted = wantedCases(values.only);

  const earlier = values.compare === undefined ? undefined : await readReport(values.compare);
  await init({ threads: Number(values.threads ?? 1) });
  // Those that the host granted.
  const { threads } = getRuntime();

  installPeers();
  const subjects = (await Promise.all(SOURCES.map(loadSource))).flat();
  const ceiling = measureCeiling();
  const report: Report = { machine: machineFacts(ceiling, threads), rows: [] };
  const { cpu, node } = report.machine;
  console.log(
    `${cpu}, Node ${node}, ${threads === 1 ? 'one thread' : `${threads} threads of ours, one of the peers`}. mul+add ceiling ${ceiling.gigaflops.toFixed(1)} GFLOP/s (${ceiling.shape})`,
  );
  console.log(`medians of ${rounds} interleaved rounds\n\n${HEADING}`);

  for (const suite of SUITES) {
    for await (const result of suite.run(subjects, (name) => isWanted(suite.name, name), ceiling.gigaflops, timing)) {
      report.rows.push(...result.rows);
      if (result.hasFailed) process.exitCode = 1;
      console.log(formatResult(result));
    }
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (earlier) {
    const comparisons = compareReports(earlier, report);
    console.log(`\nbeside ${values.compare}\n${formatComparison(comparisons)}`);
    if (comparisons.some(({ isSlower }) => isSlower)) process.exitCode = 1;
  }
}

async function readReport(path: string): Promise<Report> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Report;
  } catch (error) {
    throw new Error(`--compare ${path}: expected the JSON of an earlier run (--json). ${String(error)}`, {
      cause: error,
    });
  }
}

/** `--only gemm`, `--only mlp`, `--only "NN 64"`: a suite, or every case whose name contains the text. */
function wantedCases(only: string | undefined): (suite: string, name: string) => boolean {
  if (only === undefined) return () => true;
  const text = only.toLowerCase();
  const isWanted = (suite: string, name: string) => suite === text || name.toLowerCase().includes(text);
  if (SUITES.some((suite) => suite.cases.some((name) => isWanted(suite.name, name)))) return isWanted;
  const known = SUITES.map(({ name, cases }) => `${name}: ${cases.join(', ')}`).join('\n');
  throw new Error(`--only ${only}: no such suite or case. There are\n${known}`);
}

/** The peers have a package.json of their own, so that the library's stays small: installed at the first run. */
function installPeers(): void {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  if (existsSync(`${folder}node_modules`)) return;
  console.log('bench/node_modules is missing: running npm ci there, once');
  try {
    execFileSync('npm', ['ci'], { cwd: folder, stdio: 'inherit' });
  } catch (error) {
    console.error(`The peers could not be installed, and have no figures: ${String(error)}`);
  }
}

/** The subjects of a source; if it can't be loaded, ones that say why in every row. */
async function loadSource({ names, load }: (typeof SOURCES)[number]): Promise<Subject[]> {
  try {
    return await load();
  } catch (error) {
    if (names.includes(OURS)) throw error;
    const refuse = () => {
      throw new Unsupported(`not loaded: ${error instanceof Error ? error.message : String(error)}`);
    };
    return names.map((name) => ({ name, gemm: refuse, trainingStep: refuse, inference: refuse }));
  }
}

await main();
