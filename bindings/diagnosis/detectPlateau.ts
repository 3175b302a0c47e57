import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { checkList } from './curve.js';

export interface DetectPlateauOptions {
  /** Values without improvement that make a plateau; 10 by default. */
  window?: number;
  /** Improvement counts only if it is larger than this; 0 by default. */
  minDelta?: number;
  /** Whether the figure is to fall (`min`, the default) or to rise. */
  mode?: 'min' | 'max';
}

export interface PlateauFinding {
  /** Whether the curve ends in a plateau. */
  isPlateau: boolean;
  /** The first value of the plateau at the end, the one after the last improvement; undefined without one. */
  since: number | undefined;
  /** The best value so far, and where it was. */
  best: number;
  bestIndex: number;
  /** Values since the last improvement that counted. */
  waited: number;
}

const WHERE = 'detectPlateau';

/**
 * Whether a curve has stopped improving: its last `window` values bring no improvement of more than `minDelta` over the best
 * that counted before them. The rule of early stopping (Prechelt 1998) on values that are there already; smooth noisy curves first
 * (`exponentialMovingAverage`). Values that are NaN never improve.
 *
 * @throws OptionError for an empty list and unknown options.
 * @example
 * detectPlateau(history.history.val_loss, { window: 5, minDelta: 1e-3 }).isPlateau
 */
export function detectPlateau(values: ArrayLike<number>, options: DetectPlateauOptions = {}): PlateauFinding {
  checkOptions(WHERE, options, ['window', 'minDelta', 'mode']);
  const { window = 10, minDelta = 0, mode = 'min' } = options;
  checkNumber(WHERE, 'window', window, { minimum: 1, integer: true });
  checkNumber(WHERE, 'minDelta', minDelta, { minimum: 0 });
  if (mode !== 'min' && mode !== 'max') {
    throw new OptionError(`${WHERE}: mode must be 'min' or 'max', got ${describeValue(mode)}.`);
  }
  const list = Array.from(values);
  checkList(WHERE, 'values', list);
  const sign = mode === 'max' ? -1 : 1;
  let counted = Infinity;
  let last = 0;
  let bestIndex = 0;
  list.forEach((value, i) => {
    if (sign * value < sign * list[bestIndex]! || Number.isNaN(list[bestIndex]!)) bestIndex = i;
    if (!(sign * value < counted - minDelta)) return;
    counted = sign * value;
    last = i;
  });
  const waited = list.length - 1 - last;
  const isPlateau = waited >= window;
  return { isPlateau, since: isPlateau ? last + 1 : undefined, best: list[bestIndex]!, bestIndex, waited };
}
