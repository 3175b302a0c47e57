// Brings the inputs that a model is given into samples that fit it, or says what does not.

import { toSamples, type ArrayData, type SampleArray } from '../data/arrays.js';
import type { DType } from '../graph/op.js';
import type { Shape } from '../graph/shape.js';
import { DataError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';

/** Data of one input or output, or of several: in their order, or by name. */
export type DataArgument = ArrayData | readonly ArrayData[] | Readonly<Record<string, ArrayData>>;

/** The entries of an argument for `count` inputs or outputs named `names`. */
export function entriesOf(where: string, argument: DataArgument, names: readonly string[]): ArrayData[] {
  const isRecord =
    argument !== null && typeof argument === 'object' && !Array.isArray(argument) && !ArrayBuffer.isView(argument);
  if (isRecord && !('data' in argument && 'shape' in argument)) {
    const record = argument as Record<string, ArrayData>;
    return names.map((name) => {
      if (Object.hasOwn(record, name)) return record[name]!;
      throw new DataError(
        `${where}: no entry '${name}'. Expected ${names.join(', ')}; got ${Object.keys(record).join(', ')}.`,
      );
    });
  }
  if (names.length === 1) {
    // A list of one, such as [Float32Array], is told from nested arrays by what is in it.
    const only: unknown = Array.isArray(argument) && argument.length === 1 ? argument[0] : undefined;
    const isListed = typeof only === 'object' && only !== null && !Array.isArray(only);
    return [(isListed ? only : argument) as ArrayData];
  }
  if (Array.isArray(argument) && argument.length === names.length) return argument as ArrayData[];
  throw new DataError(
    `${where}: expected ${names.length} arrays (${names.join(', ')}), in order or by name, got ${describeValue(argument)}.`,
  );
}

/** What is known of the inputs of a model. */
export interface InputPorts {
  inputNames: readonly string[];
  inputs: readonly { readonly shape: Shape; readonly dtype: DType }[];
}

/** Samples of every input, checked, and how many there are. */
export function prepareInputs(
  where: string,
  network: InputPorts,
  x: DataArgument,
): { inputs: SampleArray[]; count: number } {
  const names = network.inputNames;
  const inputs = entriesOf(`${where}: x`, x, names).map((data, i) => {
    const { shape, dtype } = network.inputs[i]!;
    return toSamples(`${where}: x (${names[i]})`, data, shape, dtype === 'int32' ? 'int32' : 'float32');
  });
  const { count } = inputs[0]!;
  inputs.forEach((input, i) => checkCount(where, `x (${names[i]})`, input.count, count));
  return { inputs, count };
}

export function checkCount(where: string, what: string, got: number, expected: number): void {
  if (got === expected) return;
  throw new DataError(`${where}: ${what} has ${got} samples, x has ${expected}. They must be equal.`);
}
