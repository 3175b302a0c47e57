// The suites and the subjects. Loaded on every engine, Chromium too: what needs Node's modules is imported when it is used.

import { GROWING_NETWORKS, NETWORKS } from './networks.js';
import { OURS, type Subject } from './subject.js';
import type { Suite } from './suite.js';
import { augmentation } from './suites/augmentation.js';
import { gemm } from './suites/gemm.js';
import { inference } from './suites/inference.js';
import { int8 } from './suites/int8.js';
import { processCaseNames } from './suites/processCases.js';
import { stepsOf } from './suites/training.js';
import { trees } from './suites/trees.js';
import { update } from './suites/update.js';
import { workersCaseNames } from './suites/workersCases.js';

export const SUITES: readonly Suite[] = [
  gemm,
  stepsOf('training', NETWORKS),
  { ...stepsOf('growth', GROWING_NETWORKS), isOnRequest: true },
  inference,
  int8,
  update,
  augmentation,
  trees,
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
