// The suites and the subjects. Loaded on every engine, Chromium too: what needs Node's modules is imported when it is used.

import type { Ceilings } from './ceiling.js';
import type { Result, Timing } from './harness.js';
import { GROWING_NETWORKS, NETWORKS, type Network } from './networks.js';
import { OURS, type Subject } from './subject.js';
import { augmentationCaseNames, runAugmentation } from './suites/augmentation.js';
import { gemmCaseNames, runGemm } from './suites/gemm.js';
import { inferenceCaseNames, runInference } from './suites/inference.js';
import { int8CaseNames, runInt8 } from './suites/int8.js';
import { processCaseNames } from './suites/processCases.js';
import { runSteps } from './suites/training.js';
import { runTrees, treesCaseNames } from './suites/trees.js';
import { runUpdate, updateCaseNames } from './suites/update.js';
import { workersCaseNames } from './suites/workersCases.js';

export interface Suite {
  name: string;
  cases: readonly string[];
  /** It starts processes or reads files: a page leaves it out. */
  needsNode?: true;
  /** It is run only where it, or a case of it, is asked for. */
  isOnRequest?: true;
  run(
    subjects: readonly Subject[],
    isWanted: (caseName: string) => boolean,
    ceilings: Ceilings,
    timing: Timing,
  ): AsyncGenerator<Result>;
}

export const SUITES: readonly Suite[] = [
  { name: 'gemm', cases: gemmCaseNames, run: runGemm },
  stepsSuite('training', NETWORKS),
  { ...stepsSuite('growth', GROWING_NETWORKS), isOnRequest: true },
  { name: 'inference', cases: inferenceCaseNames, run: runInference },
  {
    name: 'int8',
    cases: int8CaseNames,
    run: (_, isWanted, ceilings, timing) => runInt8(isWanted, ceilings, timing),
  },
  { name: 'update', cases: updateCaseNames, run: runUpdate },
  { name: 'augmentation', cases: augmentationCaseNames, run: runAugmentation },
  { name: 'trees', cases: treesCaseNames, run: runTrees },
  {
    name: 'process',
    cases: processCaseNames,
    needsNode: true,
    async *run(_, isWanted, __, timing) {
      yield* (await import('./suites/process.js')).runProcess(isWanted, timing);
    },
  },
  {
    name: 'workers',
    cases: workersCaseNames,
    needsNode: true,
    async *run(_, isWanted, __, timing) {
      yield* (await import('./suites/workers.js')).runWorkers(isWanted, timing);
    },
  },
];

function stepsSuite(name: string, networks: readonly Network[]): Suite {
  const run: Suite['run'] = (...given) => runSteps(name, networks, ...given);
  return { name, cases: networks.map((network) => network.name), run };
}

/** Where subjects come from, and their names should that fail. */
export const SOURCES: readonly { names: string[]; load: () => Promise<Subject[]> }[] = [
  { names: [OURS], load: async () => (await import('./subjects/wasmgrad.js')).loadWasmgrad() },
  { names: ['tfjs-cpu', 'tfjs-wasm'], load: async () => (await import('./subjects/tfjs.js')).loadTfjs() },
  { names: ['jax-wasm'], load: async () => (await import('./subjects/jax.js')).loadJax() },
  { names: ['ort-wasm'], load: async () => (await import('./subjects/ort.js')).loadOrt() },
  { names: ['ml-xgboost'], load: async () => (await import('./subjects/mlTrees.js')).loadXgboost() },
  { names: ['ml-random-forest'], load: async () => (await import('./subjects/mlTrees.js')).loadRandomForest() },
  { names: ['convnetjs'], load: async () => (await import('./subjects/convnet.js')).loadConvnet() },
];
