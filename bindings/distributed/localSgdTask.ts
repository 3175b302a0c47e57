// wasmgrad/local-sgd-task: what a member of `fitDistributed` runs, as a function of a module that a worker can import.

import type { SampleArray } from '../data/arrays.js';
import type { TaskContext, TaskFunction } from '../executors/executor.js';
import { writeRandomState } from '../graph/runGraph.js';
import { takeSamples, type PreparedData } from '../model/dataset.js';
import type { Logs } from '../model/history.js';
import { partsOf, type Model } from '../model/model.js';
import { defaultYieldMilliseconds, Pace } from '../model/pace.js';
import { loadModel, type LoadOptions } from '../model/saving/load.js';
import { SILENT, Trainer, type TrainerParts } from '../model/trainer.js';
import type { NamedConfig } from '../runtime/named.js';
import { checkOptions } from '../runtime/suggest.js';
import { rateFromConfig } from '../schedules/index.js';
import type { Share } from './shares.js';
import { copyVectors, writeState, type TrainingState, type Vectors } from './state.js';

/** What all members of a run share: sent once. */
export interface LocalSgdData {
  /** The compiled model, as `save({ training: true })` writes it. */
  model: Uint8Array;
  inputs: readonly SampleArray[];
  labels: readonly SampleArray[];
  count: number;
}

/** One member's part of a round. The seed of the task is that of its dropout and noise. */
export interface LocalSgdPayload {
  /** Names the run: a thread keeps the model of the last one. */
  run: string;
  state: TrainingState;
  learningRate: number | NamedConfig;
  learningRateFactor: number;
  epoch: number;
  share: Share;
  /** Whether no round follows. */
  isLast: boolean;
}

/** Where a member ended. */
export interface LocalSgdResult {
  vectors: Vectors;
  /** Means over the member's samples. */
  logs: Logs;
}

export type LocalSgdTask = TaskFunction<LocalSgdPayload, LocalSgdResult, LocalSgdData>;

/** A model in the thread that trains it. */
interface Member {
  run: string;
  model: Model;
  parts: TrainerParts;
  trainer: Trainer;
}

const disposeOf = ({ model, trainer }: Member): void => {
  trainer.dispose();
  model.dispose();
};

async function makeMember(run: string, bytes: Uint8Array, options: LoadOptions): Promise<Member> {
  // A copy: the file may lie in shared memory, which decoders of text refuse.
  const model = await loadModel(new Uint8Array(bytes), options);
  const parts = partsOf(model, 'localSgdTask');
  return { run, model, parts, trainer: new Trainer(parts, new Pace(defaultYieldMilliseconds()), undefined) };
}

/** Trains from the state of the payload. Nothing of an earlier round is left: a member's result is a function of what it is given. */
async function train(member: Member, payload: LocalSgdPayload, context: TaskContext<LocalSgdData>) {
  const { state, share, epoch, learningRate, learningRateFactor } = payload;
  const { data, seed, signal } = context;
  const { parts, model, trainer } = member;
  model.optimizer.learningRate = rateFromConfig(learningRate);
  model.learningRateFactor = learningRateFactor;
  writeRandomState(parts.runtime, parts.store.trainingState, { seed });
  writeState(parts, state);
  const samples = { inputs: data.inputs, labels: data.labels, count: data.count, weights: undefined };
  function* batches(): Generator<PreparedData> {
    let begin = 0;
    for (const size of share.sizes) {
      signal.throwIfAborted();
      yield takeSamples(samples, share.rows.subarray(begin, (begin += size)));
    }
  }
  const logs = await trainer.runStream(batches(), true, epoch, SILENT);
  return { vectors: copyVectors(parts), logs };
}

/**
 * The task of a member for models with layers, losses or metrics of your own: export it from a module, and name that as `task`.
 *
 * @param options As of `loadModel`.
 * @throws OptionError for unknown options.
 * @example
 * // member.js
 * export const member = localSgdTaskOf({ custom: { losses: { pinball } } });
 * // main.js
 * await fitDistributed(model, data, { members: 4, executor, task: { module: new URL('./member.js', import.meta.url), name: 'member' } });
 */
export function localSgdTaskOf(options: LoadOptions = {}): LocalSgdTask {
  checkOptions('localSgdTaskOf', options, ['custom']);
  // Programs of the last run are kept, since a round may be shorter than compiling them.
  let kept: Member | undefined;
  return async (payload, context) => {
    // It is this task's alone while it runs.
    const last = kept;
    kept = undefined;
    const isKnown = last?.run === payload.run;
    if (last && !isKnown) disposeOf(last);
    const member = isKnown ? last : await makeMember(payload.run, context.data.model, options);
    let isWanted = false;
    try {
      const result = await train(member, payload, context);
      isWanted = !payload.isLast && kept === undefined;
      return result;
    } finally {
      if (isWanted) kept = member;
      else disposeOf(member);
    }
  };
}

/**
 * What a member of `fitDistributed` runs: k steps of the optimiser on its rows, from the state that it is given. Its result is a
 * function of payload, data and seed alone.
 *
 * @throws NotFiniteError where the loss stops being finite.
 * @example
 * const task = { module: import.meta.resolve('wasmgrad/local-sgd-task'), name: 'localSgdTask' };
 * await fitDistributed(model, { x, y }, { members: 4, executor: workers(), task });
 */
export const localSgdTask: LocalSgdTask = localSgdTaskOf();
