// How what `fit`, `evaluate` and `predict` are given goes to the worker: data are copied or moved, what has functions stays here and is
// asked for, and what the library makes of a configuration is made there.

import type { Augmentation } from '../data/augmentation/augmentation.js';
import type { AugmentOption } from '../model/augmentations.js';
import type { Callback, CallbackContext } from '../model/history.js';
import { isInputStream, isStream } from '../model/streams.js';
import { OptionError } from '../runtime/errors.js';
import { configOf, type NamedConfig } from '../runtime/named.js';
import { describeValue, isObject, isPlain } from '../runtime/suggest.js';
import type { Call } from './connection.js';
import { Moved } from './endpoint.js';
import { optionsWithFunctions } from './functions.js';
import type { CallbackAnswer, FunctionReference, SentCallback, SentData, StreamAction } from './protocol.js';

const isNested = (value: unknown): boolean => typeof value === 'number' || Array.isArray(value);

/**
 * Data as messages copy them best: of a view of a larger buffer only its own part. With `transfer` the buffers of arrays are added to
 * it, to be moved. Memory that is shared stays where it is.
 */
export function sendable(value: unknown, transfer: Set<Transferable> | undefined): unknown {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value;
    if (!(buffer instanceof ArrayBuffer)) return value;
    if (transfer) transfer.add(buffer);
    else if (buffer.byteLength > byteLength && 'slice' in value) return (value as Uint8Array).slice();
    return value;
  }
  if (Array.isArray(value)) return value.every(isNested) ? value : value.map((entry) => sendable(entry, transfer));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, sendable(entry, transfer)]));
}

/** Arrays, or a stream, whose batches are asked for one by one. */
export function sendData(call: Call, data: unknown, isMoved: boolean): SentData {
  if (isStream(data) || isInputStream(data)) return { stream: call.reference(batchesOf(data as Stream, isMoved)) };
  return { data: sendable(data, isMoved ? call.transfer : undefined) };
}

type Source = AsyncIterable<unknown> | Iterable<unknown>;
type Stream = Source | (() => Source) | (Source & { epoch(epoch: number): Source });

function iterate(source: Source): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** Answers for a stream: opens it, for an epoch if it has some, gives its batches, closes it. */
function batchesOf(stream: Stream, isMoved: boolean) {
  const open = new Map<number, AsyncIterator<unknown> | Iterator<unknown>>();
  let count = 0;
  const actions: Record<StreamAction, (key: number | undefined) => unknown> = {
    open(epoch) {
      const source = typeof stream === 'function' ? stream() : stream;
      const hasEpochs = epoch !== undefined && 'epoch' in source && typeof source.epoch === 'function';
      open.set(count, iterate(hasEpochs ? (source as { epoch(epoch: number): Source }).epoch(epoch) : source));
      return count++;
    },
    async next(number) {
      const { done, value } = (await open.get(number!)!.next()) as IteratorResult<unknown, unknown>;
      if (done) {
        open.delete(number!);
        return { done };
      }
      const transfer = isMoved ? new Set<Transferable>() : undefined;
      return new Moved({ value: sendable(await value, transfer) }, [...(transfer ?? [])]);
    },
    async close(number) {
      const iterator = open.get(number!);
      open.delete(number!);
      await iterator?.return?.();
    },
  };
  return (action: StreamAction, key?: number) => actions[action](key);
}

const METHODS = [
  'onTrainBegin',
  'onEpochBegin',
  'onBatchEnd',
  'onProgress',
  'onEpochEnd',
  'onError',
  'onTrainEnd',
] as const satisfies readonly (keyof Callback)[];

type AnyCallback = Callback & { config?: unknown };

/** For a callback that only takes over the state which its twin in the worker has. */
const NOWHERE = { model: { parameters: () => ({}) }, epochs: 0, batchSize: 0, stop() {} } as never;

/** A callback that stays with the program, or how it is made in the worker, where it has the model's memory. */
export function sendCallback(call: Call, given: unknown, contextOf: (settings: object) => object): SentCallback {
  if (!isObject(given)) {
    throw new OptionError(
      `fit: a callback must be an object of methods, or { name, config }, got ${describeValue(given)}.`,
    );
  }
  const callback = given as AnyCallback;
  const isMadeThere = isObject(callback.config) && !METHODS.some((method) => callback[method]);
  const origin = callback.origin ?? (isMadeThere ? (callback as unknown as NamedConfig) : undefined);
  if (origin) {
    const loadState = callback.loadState && ((state: unknown) => callback.loadState!(state, NOWHERE));
    return {
      make: optionsWithFunctions(call, configOf(origin)),
      state: isMadeThere ? undefined : callback.state?.(),
      mirror: loadState && call.reference(loadState),
    };
  }
  const stateOf = (): unknown => callback.state?.();
  const methods = METHODS.filter((method) => callback[method]).map((method): [string, FunctionReference] => [
    method,
    call.reference(async (...all: unknown[]): Promise<CallbackAnswer> => {
      const context = contextOf(all.pop() as object);
      return { value: await (callback[method] as (...given: unknown[]) => unknown)(...all, context), state: stateOf() };
    }),
  ]);
  const loadState = (state: unknown, settings: object) =>
    callback.loadState!(state, contextOf(settings) as CallbackContext);
  return {
    name: callback.name,
    methods: Object.fromEntries(methods),
    loadState: callback.loadState && call.reference(loadState),
    hasState: callback.state !== undefined,
    state: stateOf(),
  };
}

/** Augmentations as what they are made of. */
export function sendAugment(augment: AugmentOption | undefined): unknown {
  if (augment === undefined) return undefined;
  const write = (list: unknown): unknown =>
    Array.isArray(list)
      ? list.map((one: Augmentation) => (isObject(one) && 'config' in one ? configOf(one) : one))
      : list;
  if (!isPlain(augment)) return write(augment);
  return Object.fromEntries(Object.entries(augment).map(([name, list]) => [name, write(list)]));
}
