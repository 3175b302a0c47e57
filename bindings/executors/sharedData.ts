// Data that threads share: typed arrays in shared memory, copied there once.

import { OptionError } from '../runtime/errors.js';
import { describeValue, isPlain } from '../runtime/suggest.js';

type TypedArray = { buffer: ArrayBufferLike; length: number; set(values: ArrayLike<number>): void };

/** Goes through data, which must be plain; `ofView` says what becomes of typed arrays. */
export function mapPlain(where: string, value: unknown, ofView: (view: TypedArray) => unknown): unknown {
  const map = (item: unknown): unknown => mapPlain(where, item, ofView);
  if (value === null || typeof value !== 'object') {
    if (typeof value !== 'function') return value;
    throw new OptionError(`${where}: data cannot hold ${describeValue(value)}. Export it from the task's module.`);
  }
  if (ArrayBuffer.isView(value)) return ofView(value as unknown as TypedArray);
  if (Array.isArray(value)) return value.map(map);
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, map(item)]));
  throw new OptionError(
    `${where}: data must be typed arrays, arrays, plain objects and values, got ${describeValue(value)}. Give { data, shape } of it.`,
  );
}

const share = (value: unknown): unknown => mapPlain('workers', value, shareView);

function shareView(view: TypedArray): unknown {
  if (typeof SharedArrayBuffer !== 'function' || view.buffer instanceof SharedArrayBuffer) return view;
  const make = view.constructor as new (buffer: SharedArrayBuffer) => TypedArray;
  const { byteLength } = view as unknown as ArrayBufferView;
  const copy = new make(new SharedArrayBuffer(byteLength));
  copy.set(view);
  return copy;
}

/** The shared form of data, made once for each object. Where memory cannot be shared, data are copied with each task. */
export function sharer(): (data: unknown) => unknown {
  const made = new WeakMap<object, unknown>();
  return (data) => {
    if (data === null || typeof data !== 'object') return share(data);
    if (!made.has(data)) made.set(data, share(data));
    return made.get(data);
  };
}
