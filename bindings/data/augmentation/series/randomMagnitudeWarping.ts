import type { ValueAugmentation } from '../augmentation.js';
import { valueOptions } from '../options.js';
import { splineBasis } from '../smoothing.js';
import { checkCurve, CURVE_OPTIONS, drawKnots, matrixTensor, type WarpingCurveOptions } from './curves.js';

/**
 * Multiplies series by a smooth random curve about 1: a cubic spline through normal numbers at evenly spaced knots. Um et al.
 * 2017.
 *
 * @throws OptionError for fewer than 2 knots or a stddev below 0.
 * @example await model.fit(x, y, { augment: [randomMagnitudeWarping({ knots: 4, stddev: 0.2 })] });
 */
export function randomMagnitudeWarping(options: WarpingCurveOptions = {}): ValueAugmentation {
  const where = 'randomMagnitudeWarping';
  const { probability, ...common } = valueOptions(where, options, CURVE_OPTIONS);
  const curve = checkCurve(where, options);
  return {
    ...common,
    samples: 'series',
    apply(x, draws) {
      const [batch, steps] = x.shape as [number, number];
      const change = drawKnots(draws, probability, curve).matmul(matrixTensor(x, splineBasis(curve.knots, steps)));
      return x.add(x.mul(change.reshape([batch, steps, 1, 1])));
    },
  };
}
