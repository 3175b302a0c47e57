// The options that augmentations share, checked.

import { FillMode } from '../../../assembly/opcodes.js';
import { OptionError } from '../../runtime/errors.js';
import { checkNumber, checkOptions, describeValue, unknownName, type NumberRange } from '../../runtime/suggest.js';
import type { AugmentationOptions, FillModeName, FillOptions, ValueRange } from './augmentation.js';

export const FILL_MODES = ['constant', 'nearest', 'reflect', 'wrap'] satisfies readonly FillModeName[];

/**
 * What all that move contents have: checks the names of the options (`own` and the shared ones), the probability and what comes in
 * from outside.
 */
export function geometricOptions(
  name: string,
  options: AugmentationOptions & FillOptions,
  own: readonly string[],
  probability = 1,
) {
  checkOptions(name, options, [...own, 'probability', 'fillMode', 'fillValue']);
  const fill = checkFill(name, options);
  return { kind: 'geometric' as const, fill, ...common(name, options, probability) };
}

/** What all that change values have: checks the names of the options and the probability. */
export function valueOptions(name: string, options: AugmentationOptions, own: readonly string[], probability = 1) {
  checkOptions(name, options, [...own, 'probability']);
  return { kind: 'value' as const, ...common(name, options, probability) };
}

function common(name: string, options: AugmentationOptions, standard: number) {
  const probability = checkNumber(name, 'probability', options.probability ?? standard, { minimum: 0, maximum: 1 });
  return { name, config: { ...options } as Readonly<Record<string, unknown>>, probability };
}

function checkFill(name: string, { fillMode, fillValue }: FillOptions): FillOptions {
  if (fillMode !== undefined && !Object.hasOwn(FillMode, fillMode)) {
    unknownName(name, 'fillMode', String(fillMode), FILL_MODES);
  }
  if (fillValue === undefined) return fillMode === undefined ? {} : { fillMode };
  checkNumber(name, 'fillValue', fillValue);
  if (fillMode !== undefined && fillMode !== 'constant') {
    throw new OptionError(`${name}: fillValue is for fillMode 'constant', got '${fillMode}'. Leave one of them out.`);
  }
  return { fillMode: 'constant', fillValue };
}

/** The least and largest value of a range that stands about `centre`; both within `bounds`. */
export function checkRange(
  where: string,
  option: string,
  range: ValueRange,
  centre: number,
  bounds: NumberRange = {},
): readonly [number, number] {
  if (typeof range === 'number') {
    checkNumber(where, option, range, { minimum: 0 });
    return [centre - range, centre + range].map((value) => checkNumber(where, option, value, bounds)) as [
      number,
      number,
    ];
  }
  if (!Array.isArray(range) || range.length !== 2) {
    throw new OptionError(`${where}: ${option} must be a number or [least, largest], got ${describeValue(range)}.`);
  }
  const [least, largest] = range as readonly [number, number];
  checkNumber(where, `${option}[0]`, least, bounds);
  checkNumber(where, `${option}[1]`, largest, bounds);
  if (least > largest) {
    throw new OptionError(
      `${where}: ${option} must be [least, largest], got [${least}, ${largest}]. Turn it round: [${largest}, ${least}].`,
    );
  }
  return [least, largest];
}

/** A range of what must not be negative: a number is its only value. */
export function checkAmount(
  where: string,
  option: string,
  amount: ValueRange,
  bounds: NumberRange = { minimum: 0 },
): readonly [number, number] {
  return checkRange(where, option, typeof amount === 'number' ? [amount, amount] : amount, 0, bounds);
}
