import { checkOptions } from '../../runtime/suggest.js';
import { makeScaler, type Scaler } from './scaler.js';

/**
 * y = (x - mean) / deviation of each feature, the deviation over n. A constant feature has deviation 1. As scikit-learn's.
 *
 * @example
 * const scaler = standardScaler();
 * await model.fit(scaler.fitTransform(xTrain), yTrain);
 * const predicted = await model.predict(scaler.transform(xTest));
 */
export function standardScaler(options: Record<string, never> = {}): Scaler {
  checkOptions('standardScaler', options, []);
  return makeScaler({
    name: 'standardScaler',
    config: {},
    learn(column) {
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      const variance = column.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / column.length;
      // What is left of a constant column is rounding.
      const isConstant = Math.sqrt(variance) <= 1e-12 * Math.abs(mean);
      return { mean, scale: isConstant ? 1 : Math.sqrt(variance) };
    },
    affine: ({ mean, scale }) => ({ factor: 1 / scale!, offset: -mean! / scale! }),
  });
}
