// What the program can ask of the worker, by name.

import { Dataset } from '../data/dataset.js';
import { augmentationFromConfig } from '../data/augmentation/fromConfig.js';
import { earlyStopping } from '../model/callbacks/earlyStopping.js';
import { modelCheckpoint } from '../model/callbacks/modelCheckpoint.js';
import { reduceOnPlateau } from '../model/callbacks/reduceOnPlateau.js';
import { tensorBoard } from '../model/callbacks/tensorBoard.js';
import { terminateOnNaN } from '../model/callbacks/terminateOnNaN.js';
import { timeLimit } from '../model/callbacks/timeLimit.js';
import type { FitOptions } from '../model/fit.js';
import type { Callback, CallbackContext, History } from '../model/history.js';
import type { EvaluateOptions, Model, PredictOptions } from '../model/model.js';
import { SampledPrediction } from '../model/prediction.js';
import { readCompiled } from '../model/saving/compiled.js';
import { MissingObjectError } from '../model/saving/custom.js';
import { loadModel, type ModelBytes } from '../model/saving/load.js';
import type { SaveOptions } from '../model/saving/save.js';
import { OptionError, StateError } from '../runtime/errors.js';
import { resolveNamed, type Maker, type NamedConfig } from '../runtime/named.js';
import { getRuntime, init, type InitOptions } from '../runtime/runtime.js';
import { isPlain } from '../runtime/suggest.js';
import { Moved } from './endpoint.js';
import { isReference } from './functions.js';
import type { Host, HostCall } from './host.js';
import type { CallbackAnswer, SentCallback, SentData, SentPrediction } from './protocol.js';

export interface Asked {
  host: Host;
  call: HostCall;
  /** Undefined if there is none of the number. */
  model: Model | undefined;
  number: number;
}

type Method = (asked: Asked, ...given: never[]) => unknown;

function requireModel({ model }: Asked): Model {
  if (model) return model;
  throw new StateError('the model was disposed. spawn() it anew.');
}

/** Has a script of the user's own named where something of the user's own is missing. */
async function withCustom<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
    throw new OptionError(
      `${error.message} It is a function, which can't go to a worker: have a script of your own call ` +
        "expose({ custom: ... }) of 'wasmgrad/worker' with it, and start that: spawn(model, { url }) or { worker }.",
    );
  }
}

/** A stream of the program, whose epochs are told by number where `fit` asks for them. */
class RemoteStream extends Dataset<unknown> {
  constructor(private readonly pull: (epoch: number | undefined) => AsyncGenerator<unknown>) {
    super(pull);
  }

  override [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this.pull(undefined);
  }
}

function receiveData(call: HostCall, sent: SentData): unknown {
  if (!('stream' in sent)) return sent.data;
  const { stream } = sent;
  return new RemoteStream(async function* (epoch) {
    const number = await call.run(stream, 'open', epoch);
    let isDone = false;
    try {
      for (;;) {
        const { done, value } = (await call.run(stream, 'next', number)) as IteratorResult<unknown, unknown>;
        isDone = done === true;
        if (isDone) return;
        yield value;
      }
    } finally {
      if (!isDone) await call.run(stream, 'close', number);
    }
  });
}

/** Callbacks that need not be exposed. */
const CALLBACKS: Readonly<Record<string, Maker<Callback>>> = {
  earlyStopping,
  modelCheckpoint,
  reduceOnPlateau,
  tensorBoard,
  terminateOnNaN,
  timeLimit,
};

/** For a callback that takes over what it knows of earlier runs, before one begins. */
const NOWHERE: Omit<CallbackContext, 'model'> = { epochs: 0, batchSize: 0, stop: () => undefined };

/** A callback that is made here. Functions among its options are the program's. */
function makeCallback(
  asked: Asked,
  { make: { name, config }, state }: Extract<SentCallback, { make: unknown }>,
): Callback {
  const { host, call } = asked;
  const options = Object.entries(config).map(([option, value]) => [
    option,
    isReference(value) ? (...given: unknown[]) => call.run(value, ...given) : value,
  ]);
  const makers = { ...CALLBACKS, ...host.own.callbacks };
  const made = { name, config: Object.fromEntries(options) as Record<string, unknown> };
  const callback = resolveNamed<Callback>('fit', 'callback', made, makers);
  if (state !== undefined) callback.loadState?.(state, { ...NOWHERE, model: requireModel(asked) });
  return callback;
}

/** A callback of the program: each of its methods asks there, with what a message can have of the context. */
function followCallback(call: HostCall, sent: Exclude<SentCallback, { make: unknown }>): Callback {
  const { name, methods, loadState, hasState } = sent;
  let { state } = sent;
  let loaded: Promise<unknown> = Promise.resolve();
  const settingsOf = ({ epochs, batchSize }: CallbackContext) => ({ epochs, batchSize });
  const followed = Object.entries(methods).map(([method, reference]) => [
    method,
    async (...given: unknown[]) => {
      const context = given.pop() as CallbackContext;
      call.stop = () => context.stop();
      await loaded;
      const answer = (await call.run(reference, ...given, settingsOf(context))) as CallbackAnswer;
      ({ state } = answer);
      return answer.value;
    },
  ]);
  return {
    ...(Object.fromEntries(followed) as Callback),
    ...(name !== undefined && { name }),
    ...(hasState && { state: () => state }),
    ...(loadState && {
      loadState(saved: unknown, context: CallbackContext) {
        call.stop = () => context.stop();
        // What it throws is found by the next method.
        loaded = call.run(loadState, saved, settingsOf(context));
        loaded.catch(() => undefined);
      },
    }),
  };
}

function receiveAugment(sent: unknown): FitOptions['augment'] {
  if (sent === undefined) return undefined;
  const make = (list: unknown) =>
    Array.isArray(list) ? list.map((one) => augmentationFromConfig(one as NamedConfig)) : list;
  if (!isPlain(sent)) return make(sent) as FitOptions['augment'];
  return Object.fromEntries(Object.entries(sent).map(([name, list]) => [name, make(list)])) as FitOptions['augment'];
}

interface SentFitOptions extends Omit<FitOptions, 'callbacks' | 'augment' | 'validationData'> {
  callbacks: readonly SentCallback[];
  augment: unknown;
  validationData: SentData | undefined;
}

async function fit(asked: Asked, x: SentData, y: unknown, sent: SentFitOptions): Promise<History> {
  const { call } = asked;
  const { callbacks, augment, validationData, ...rest } = sent;
  const made = callbacks.map((one) => ('make' in one ? makeCallback(asked, one) : followCallback(call, one)));
  const options = {
    ...rest,
    callbacks: made,
    augment: receiveAugment(augment),
    validationData: validationData && receiveData(call, validationData),
    signal: call.signal,
  } as FitOptions;
  const data = receiveData(call, x);
  const model = requireModel(asked);
  try {
    return await ('stream' in x ? model.fit(data as never, options) : model.fit(data as never, y as never, options));
  } finally {
    for (const [i, one] of callbacks.entries()) {
      if ('make' in one && one.mirror) await call.run(one.mirror, made[i]!.state?.());
    }
  }
}

const moved = (value: Record<string, Float32Array> | Uint8Array<ArrayBuffer>): Moved =>
  new Moved(
    value,
    value instanceof Uint8Array ? [value.buffer] : Object.values(value).map(({ buffer }) => buffer as ArrayBuffer),
  );

const copies = (views: Record<string, Float32Array>): Moved =>
  moved(Object.fromEntries(Object.entries(views).map(([path, view]) => [path, view.slice()])));

/** Methods that are called with what was sent, and whose answers are sent as they are. */
const PLAIN = ['build', 'setParameters', 'sparsity', 'keepAveragedWeights', 'summary', 'memory', 'explain'] as const;

const plain = Object.fromEntries(
  PLAIN.map((name): [string, Method] => [
    name,
    (asked, ...given) => (requireModel(asked)[name] as (...all: unknown[]) => unknown).call(asked.model, ...given),
  ]),
);

export const HOST_METHODS: Readonly<Record<string, Method>> = {
  ...plain,
  async spawn({ host }, bytes: ModelBytes, options: InitOptions) {
    await init(options);
    const model = await withCustom(() => loadModel(bytes, { custom: host.own.custom }));
    return { number: host.add(model), name: model.name, seed: model.seed, threads: getRuntime().threads };
  },
  async compile(asked, given: unknown) {
    const model = requireModel(asked);
    const compiled = await withCustom(() => readCompiled('compile', given, asked.host.own.custom));
    model.compile(compiled.options);
    model.optimizer.learningRate = compiled.learningRate;
  },
  fit,
  evaluate(asked, x: SentData, y: unknown, options: EvaluateOptions) {
    const given = { ...options, signal: asked.call.signal };
    const data = receiveData(asked.call, x) as never;
    const model = requireModel(asked);
    return 'stream' in x ? model.evaluate(data, given) : model.evaluate(data, y as never, given);
  },
  async predict(asked, x: SentData, options: PredictOptions) {
    const data = receiveData(asked.call, x) as never;
    const predictions = await requireModel(asked).predictAll(data, { ...options, signal: asked.call.signal });
    const sent = predictions.map((prediction): SentPrediction => {
      const { data: values, shape } = prediction;
      if (!(prediction instanceof SampledPrediction)) return { data: values, shape };
      const { standardDeviation, samples } = prediction;
      return { data: values, shape, standardDeviation, samples };
    });
    const arrays = sent.flatMap(({ data: values, standardDeviation }) => [values, standardDeviation ?? []].flat());
    return new Moved(
      sent,
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  },
  parameters: (asked) => copies(requireModel(asked).parameters()),
  gradients: (asked) => copies(requireModel(asked).gradients()),
  save: async (asked, options: SaveOptions) => moved(await requireModel(asked).save(options)),
  step: (asked) => requireModel(asked).step,
  setLearningRate(asked, rate: number) {
    requireModel(asked).optimizer.learningRate = rate;
  },
  setLearningRateFactor(asked, factor: number) {
    requireModel(asked).learningRateFactor = factor;
  },
  dispose({ host, model, number }) {
    model?.dispose();
    host.models.delete(number);
  },
};
