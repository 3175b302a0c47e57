// A state dict: tensors by name, grouped into the modules that have them.

import { formatShape, sizeOf, type Shape } from '../../graph/shape.js';
import { DataError } from '../../runtime/errors.js';
import { describeValue, isObject } from '../../runtime/suggest.js';
import { fromFloat16 } from '../float16.js';
import { readSafetensors, type SafetensorsDType, type StoredTensor } from '../safetensors.js';
import type { TorchTensor } from './modules.js';

/** A state dict of PyTorch: tensors by name, or the bytes of a safetensors file. */
export type StateDict = Readonly<Record<string, TorchTensor>> | Uint8Array | ArrayBuffer;

/** A module, or one layer of a recurrent module of several. */
export interface FoundModule {
  /** Such as `encoder.0`. */
  name: string;
  tensors: Record<string, TorchTensor>;
  /** Number of the layer in a recurrent module. */
  level: number;
}

function valuesOf(where: string, name: string, { dtype, bytes }: StoredTensor): Float32Array {
  const { buffer } = bytes.slice();
  const readers: Partial<Record<SafetensorsDType, () => ArrayLike<number>>> = {
    F32: () => new Float32Array(buffer),
    F64: () => new Float64Array(buffer),
    I32: () => new Int32Array(buffer),
    // Counts of batches, which no layer takes.
    I64: () => Array.from(new BigInt64Array(buffer), Number),
    F16: () => {
      const values = new Float32Array(buffer.byteLength / 2);
      fromFloat16(new Uint16Array(buffer), values);
      return values;
    },
    BF16: () => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
  };
  const read = readers[dtype];
  if (read) return Float32Array.from(read());
  throw new DataError(`${where}: ${name}: expected floating-point numbers, got ${dtype}.`);
}

/** The tensors of a state dict, those of a file in the natural order of their names. */
export function readStateDict(where: string, given: StateDict): Map<string, TorchTensor> {
  if (given instanceof Uint8Array || given instanceof ArrayBuffer) {
    // Not a Buffer, whose slice is no copy.
    const view =
      given instanceof ArrayBuffer
        ? new Uint8Array(given)
        : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    const file = readSafetensors(view, where);
    const entries = [...file.tensors].map(([name, tensor]): [string, TorchTensor] => [
      name,
      { data: valuesOf(where, name, tensor), shape: tensor.shape },
    ]);
    return new Map(entries);
  }
  if (!isObject(given)) {
    throw new DataError(
      `${where}: expected a state dict or the bytes of a safetensors file, got ${describeValue(given)}.`,
    );
  }
  return new Map(Object.entries(given).map(([name, tensor]) => [name, checkTensor(where, name, tensor)]));
}

function checkTensor(where: string, name: string, tensor: unknown): TorchTensor {
  const { data, shape } = (isObject(tensor) ? tensor : {}) as Partial<TorchTensor>;
  const isShape = Array.isArray(shape) && (shape as Shape).every((side) => Number.isSafeInteger(side) && side >= 0);
  if (isShape && data !== undefined && data.length === sizeOf(shape as Shape)) return { data, shape: shape as Shape };
  const got = isShape ? `${formatShape(shape as Shape)} of ${data?.length ?? 'no'} values` : describeValue(tensor);
  throw new DataError(`${where}: ${name}: expected { data, shape } with as many values as the shape says, got ${got}.`);
}

const LEVEL = /_l(\d+)(_reverse)?$/;
/** Names of tensors that are of a module by themselves, though they have a point in them. */
const WITHIN = /^(.*?)\.?((?:out_proj\.(?:weight|bias))|[^.]+)$/;

/** The modules of a state dict, in its order. */
export function modulesOf(tensors: ReadonlyMap<string, TorchTensor>): FoundModule[] {
  const attentions = new Set(
    [...tensors.keys()]
      .filter((name) => /(^|\.)in_proj_weight$|(^|\.)q_proj_weight$/.test(name))
      .map((name) => name.replace(/\.?[^.]+$/, '')),
  );
  const modules = new Map<string, FoundModule>();
  for (const [path, tensor] of tensors) {
    let [, name = '', tensorName = path] = WITHIN.exec(path) ?? [];
    if (tensorName.startsWith('out_proj.') && !attentions.has(name)) {
      [name, tensorName] = [name === '' ? 'out_proj' : `${name}.out_proj`, tensorName.slice('out_proj.'.length)];
    }
    if (tensorName === 'num_batches_tracked') continue;
    const level = Number(LEVEL.exec(tensorName)?.[1] ?? 0);
    const key = JSON.stringify([name, level]);
    const module = modules.get(key) ?? { name, tensors: {}, level };
    modules.set(key, module);
    module.tensors[tensorName] = tensor;
  }
  return [...modules.values()];
}
