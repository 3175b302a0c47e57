import { OptionError } from '../../runtime/errors.js';
import { checkOptions } from '../../runtime/suggest.js';
import { makeScaler, type Scaler } from './scaler.js';

/**
 * Maps the smallest and largest value of each feature to `featureRange`, [0, 1] by default. A constant feature maps to the
 * lower end. As scikit-learn's.
 *
 * @throws OptionError for a range that is not in order.
 * @example minMaxScaler({ featureRange: [-1, 1] }).fitTransform(x)
 */
export function minMaxScaler(options: { featureRange?: readonly [number, number] } = {}): Scaler {
  checkOptions('minMaxScaler', options, ['featureRange']);
  const [low, high] = options.featureRange ?? [0, 1];
  if (!(low < high))
    throw new OptionError(`minMaxScaler: featureRange must be [low, high] in order, got [${low}, ${high}].`);
  return makeScaler({
    name: 'minMaxScaler',
    config: { featureRange: [low, high] },
    learn: (column) => ({
      dataMin: column.reduce((a, b) => Math.min(a, b)),
      dataMax: column.reduce((a, b) => Math.max(a, b)),
    }),
    affine({ dataMin, dataMax }) {
      const width = dataMax! - dataMin!;
      const factor = (high - low) / (width === 0 ? 1 : width);
      return { factor, offset: low - dataMin! * factor };
    },
  });
}
