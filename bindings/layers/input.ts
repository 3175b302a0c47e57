import type { DType } from '../graph/op.js';
import { formatShape, type Shape } from '../graph/shape.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import { SymbolicTensor } from './layer.js';

export interface InputOptions {
  /** Shape of one sample, without the batch axis. */
  shape: Shape;
  /** `int32` for indices; float32 by default. */
  dtype?: Exclude<DType, 'uint8' | 'int8'>;
  name?: string;
}

/** An input of a functional model. @example const x = input({ shape: [784] }); */
export function input(options: InputOptions): SymbolicTensor {
  checkOptions('input', options, ['shape', 'dtype', 'name']);
  checkSampleShape('input', options.shape);
  return new SymbolicTensor(options.shape, options.dtype ?? 'float32', undefined, options.name);
}

export function checkSampleShape(where: string, shape: Shape): void {
  if (Array.isArray(shape) && shape.every((side) => Number.isInteger(side) && side > 0)) return;
  throw new OptionError(
    `${where}: shape must list positive whole numbers, the sides of one sample without the batch, got ` +
      `${Array.isArray(shape) ? formatShape(shape) : String(shape)}.`,
  );
}
