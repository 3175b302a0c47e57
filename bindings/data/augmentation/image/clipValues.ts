import { OptionError } from '../../../runtime/errors.js';
import { checkNumber } from '../../../runtime/suggest.js';
import type { ValueAugmentation } from '../augmentation.js';

/**
 * Brings all values back into a range that earlier augmentations may have left: for values that only exist there.
 *
 * @throws OptionError unless minimum < maximum.
 * @example await model.fit(x, y, { augment: [randomBrightness({ delta: 0.3 }), clipValues(0, 1)] });
 */
export function clipValues(minimum: number, maximum: number): ValueAugmentation {
  const where = 'clipValues';
  checkNumber(where, 'minimum', minimum);
  checkNumber(where, 'maximum', maximum);
  if (minimum >= maximum) throw new OptionError(`${where}: minimum must be below maximum, got ${minimum}, ${maximum}.`);
  return {
    kind: 'value',
    name: where,
    config: { minimum, maximum },
    samples: 'any',
    apply: (x) => x.clip(minimum, maximum),
  };
}
