import { DataError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { ownShape, toNumbers, type ArrayData } from './arrays.js';
import type { ScaledArray } from './scalers/scaler.js';

/**
 * Class numbers as rows of 0 with one 1: shape [..., classes].
 *
 * @param classes The number of classes; the largest label plus 1 by default.
 * @throws DataError for a label that is no whole number of 0 .. classes - 1.
 * @example oneHot([0, 2, 1]).data // [1,0,0, 0,0,1, 0,1,0]
 */
export function oneHot(labels: ArrayData, classes?: number): ScaledArray {
  const values = toNumbers('oneHot', labels);
  const count = classes ?? Array.from(values).reduce((largest, label) => Math.max(largest, label), 0) + 1;
  checkNumber('oneHot', 'classes', count, { minimum: 1, integer: true });
  const data = new Float32Array(values.length * count);
  values.forEach((label: number, i: number) => {
    if (!Number.isInteger(label) || label < 0 || label >= count) {
      throw new DataError(`oneHot: label ${label} of sample ${i} is no class number of 0 to ${count - 1}.`);
    }
    data[i * count + label] = 1;
  });
  return { data, shape: [...(ownShape(labels) ?? [values.length]), count] };
}
