import { DataError } from '../runtime/errors.js';
import { RandomSequence } from '../runtime/random.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';

/**
 * Labels of which a share is replaced by another class, each as likely as any: label noise, to see what a model makes of
 * mislabelled data, or as a regulariser. (Its expectation is label smoothing: see the cross-entropies.) The same seed
 * changes the same labels.
 *
 * @param rate Share of the labels that change, in [0, 1].
 * @throws DataError for a label that is no class number.
 * @example await model.fit(x, labelNoise(y, 0.1, { classes: 10, seed: 1 }))
 */
export function labelNoise(
  labels: ArrayLike<number>,
  rate: number,
  options: { classes: number; seed?: number },
): Int32Array {
  checkOptions('labelNoise', options, ['classes', 'seed']);
  const { classes, seed = 0 } = options;
  checkNumber('labelNoise', 'rate', rate, { minimum: 0, maximum: 1 });
  checkNumber('labelNoise', 'classes', classes, { minimum: 2, integer: true });
  const random = new RandomSequence(seed);
  return Int32Array.from(labels, (label, i) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new DataError(`labelNoise: label ${label} of sample ${i} is no class number of 0 to ${classes - 1}.`);
    }
    const isChanged = random.uniform() < rate;
    const shift = 1 + random.below(classes - 1);
    return isChanged ? (label + shift) % classes : label;
  });
}
