// The loop over suites and subjects, on whatever engine it is: it imports nothing of Node, and hands on what it finds.

import { init } from '../bindings/index.js';
import { getRuntime } from '../bindings/runtime/runtime.js';
import { measureCeilings, type Ceilings } from './ceiling.js';
import type { Result, Timing } from './harness.js';
import { OURS, Unsupported, type Subject } from './subject.js';
import { SOURCES, SUITES } from './tables.js';

/** What one run is asked for. */
export interface Request {
  /** A suite, or a part of the names of cases. */
  only?: string;
  /** Names of subjects; all of them if not given. */
  subjects?: readonly string[];
  /** Threads of ours; the peers have one. */
  threads: number;
  timing: Timing;
}

/** What a run tells while it goes on. */
export type Message =
  | { kind: 'started'; threads: number; ceilings: Ceilings }
  | { kind: 'result'; result: Result }
  /** The highest ceilings that were seen. */
  | { kind: 'ended'; ceilings: Ceilings }
  | { kind: 'failed'; reason: string };

/** Runs what is wanted in this process or page. It can be called once: the runtime stays as it is. */
export async function runSuites(request: Request, send: (message: Message) => Promise<void> | void): Promise<void> {
  await init({ threads: request.threads });
  const wanted = SOURCES.filter(({ names }) => request.subjects?.some((name) => names.includes(name)) ?? true);
  const loaded = (await Promise.all(wanted.map(loadSource))).flat();
  const subjects = loaded.filter(({ name }) => request.subjects?.includes(name) ?? true);
  const meter = measureCeilings();
  const { ceilings } = meter;
  // The threads that the host granted.
  await send({ kind: 'started', threads: getRuntime().threads, ceilings });
  const isWanted = wantedCases(request.only);
  const isPage = typeof document === 'object';
  for (const suite of SUITES) {
    if (isPage && suite.needsNode) continue;
    const isCaseWanted = (name: string) => isWanted(suite.name, name);
    for await (const result of suite.run(subjects, isCaseWanted, ceilings, request.timing)) {
      await send({ kind: 'result', result });
      meter.refresh();
    }
  }
  meter.finish();
  await send({ kind: 'ended', ceilings });
}

/** `--only gemm`, `--only mlp`, `--only "NN 64"`: a suite, or every case whose name contains the text. */
export function wantedCases(only: string | undefined): (suite: string, name: string) => boolean {
  const onRequest = SUITES.filter(({ isOnRequest }) => isOnRequest).map(({ name }) => name);
  if (only === undefined) return (suite) => !onRequest.includes(suite);
  const text = only.toLowerCase();
  const isWanted = (suite: string, name: string) => suite === text || name.toLowerCase().includes(text);
  if (SUITES.some((suite) => suite.cases.some((name) => isWanted(suite.name, name)))) return isWanted;
  const known = SUITES.map(({ name, cases }) => `${name}: ${cases.join(', ')}`).join('\n');
  throw new Error(`--only ${only}: no such suite or case. There are\n${known}`);
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
    return names.map((name) => ({ name, gemm: refuse, trainingStep: refuse, inference: refuse, trees: refuse }));
  }
}
