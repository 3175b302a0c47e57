import { checkOptions } from '../../runtime/suggest.js';
import { makeScaler, type Scaler } from './scaler.js';

/** The value below which `share` of the sorted values lie, between two neighbours by a straight line. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const value = sorted[below]!;
  return value + (position - below) * ((sorted[below + 1] ?? value) - value);
}

/**
 * y = (x - median) / (third quartile - first quartile) of each feature: outliers do not spoil it. A constant feature is only
 * shifted. As scikit-learn's.
 *
 * @example robustScaler().fitTransform(x)
 */
export function robustScaler(options: Record<string, never> = {}): Scaler {
  checkOptions('robustScaler', options, []);
  return makeScaler({
    name: 'robustScaler',
    config: {},
    learn(column) {
      const sorted = column.slice().sort();
      const width = quantile(sorted, 0.75) - quantile(sorted, 0.25);
      return { center: quantile(sorted, 0.5), scale: width === 0 ? 1 : width };
    },
    affine: ({ center, scale }) => ({ factor: 1 / scale!, offset: -center! / scale! }),
  });
}
