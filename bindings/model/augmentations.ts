// The option `augment` of `fit`, checked.

import type { Augmentation } from '../data/augmentation/augmentation.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import type { TrainerParts } from './trainer.js';

/** Of the only input, or by the names of inputs. */
export type AugmentOption = readonly Augmentation[] | Readonly<Record<string, readonly Augmentation[]>>;

/** What `fit` does with each input, or nothing with any. */
export function resolveAugmentations(
  augment: AugmentOption | undefined,
  names: readonly string[],
): TrainerParts['augmentations'] {
  if (augment === undefined) return undefined;
  if (Array.isArray(augment) && names.length > 1) {
    throw new OptionError(
      `fit: augment must name the inputs it is for, as { ${names[0]}: [...] }: the model has ${names.length} (${names.join(', ')}).`,
    );
  }
  const byName = (Array.isArray(augment) ? { [names[0]!]: augment } : augment) as Record<
    string,
    readonly Augmentation[]
  >;
  checkOptions('fit: augment', byName, names);
  const lists = names.map((name) => byName[name] ?? []);
  for (const one of lists.flat()) {
    if (one?.kind === 'geometric' || one?.kind === 'value') continue;
    throw new OptionError(
      `fit: augment must be a list of augmentations such as randomRotation({ degrees: 10 }), got ${describeValue(one)} in it.`,
    );
  }
  return lists.some((list) => list.length > 0) ? lists : undefined;
}
