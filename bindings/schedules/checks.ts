// Checks of options that several schedules have.

import { checkNumber, checkOptions, type NumberRange } from '../runtime/suggest.js';

export const POSITIVE: NumberRange = { above: 0 };
export const NOT_NEGATIVE: NumberRange = { minimum: 0 };
export const COUNT: NumberRange = { minimum: 1, integer: true };

/** Checks numeric options against their ranges, each of them present, and refuses what is neither they nor in `others`. */
export function checkNumbers(
  where: string,
  options: object,
  ranges: Readonly<Record<string, NumberRange>>,
  others: readonly string[] = [],
): void {
  checkOptions(where, options, [...Object.keys(ranges), ...others]);
  for (const [name, range] of Object.entries(ranges)) {
    checkNumber(where, name, (options as Record<string, unknown>)[name], range);
  }
}
