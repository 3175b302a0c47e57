import { OptionError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { Tensor } from './tensor.js';

/** What a function of the user's returned, if it is a tensor; `where` names the function. */
export function requireTensor(where: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value as Tensor;
  throw new OptionError(
    `${where}: the function must return a tensor, got ${describeValue(value)}. Was a factory given without calling it?`,
  );
}
