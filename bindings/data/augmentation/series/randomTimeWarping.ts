import type { FillOptions, GeometricAugmentation } from '../augmentation.js';
import { geometricOptions } from '../options.js';
import { lineBasis } from '../smoothing.js';
import { checkCurve, CURVE_OPTIONS, drawKnots, type WarpingCurveOptions } from './curves.js';

export interface RandomTimeWarpingOptions extends WarpingCurveOptions, FillOptions {}

/** Slowest speed: time does not stand still or run backwards. */
const LEAST_SPEED = 0.1;

/**
 * Plays series faster here and slower there: the speed runs in straight lines through normal numbers about 1 (at least 0.1) at
 * evenly spaced knots, and the time of a step is its integral, scaled so that first and last step stay. The time warping of Um et
 * al. 2017, which has a cubic spline in place of the lines; these can not run backwards between two knots.
 *
 * @throws OptionError for fewer than 2 knots or a stddev below 0.
 * @example await model.fit(x, y, { augment: [randomTimeWarping({ knots: 4, stddev: 0.2 })] });
 */
export function randomTimeWarping(options: RandomTimeWarpingOptions = {}): GeometricAugmentation {
  const where = 'randomTimeWarping';
  const { probability, ...common } = geometricOptions(where, options, CURVE_OPTIONS);
  const curve = checkCurve(where, options);
  return {
    ...common,
    samples: 'series',
    warping({ height: steps }, draws) {
      const batch = draws.batchSize;
      const change = drawKnots(draws, probability, curve).maximum(LEAST_SPEED - 1);
      const { graph } = change;
      // With the speed 1 + c, c = change x basis, the time of step t is t + C(t), C being the integral of c; it ends at
      // (t + C(t)) (T - 1) / (T - 1 + C(T - 1)), so that series that are left alone, C = 0, keep their steps exactly.
      const integrals = graph.table(integrate(lineBasis(curve.knots, steps)).flat()).reshape([curve.knots, steps]);
      const integral = change.matmul(integrals);
      const whole = integral.slice([0, steps - 1], [batch, 1]);
      const time = graph.iota([1, steps]);
      const scale = whole
        .affine(1, steps - 1)
        .reciprocal()
        .mul(steps - 1);
      const displacement = time.add(integral).mul(scale).sub(time);
      const sideways = graph.constant(0).broadcastTo([batch, steps]);
      return { displacement: displacement.concat([sideways], 1).reshape([batch, 2, steps, 1]) };
    },
  };
}

/** Integrals of curves given at steps, from the first one on, by trapezia. */
function integrate(curves: readonly (readonly number[])[]): number[][] {
  return curves.map((curve) => {
    let sum = 0;
    return curve.map((value, step) => (step === 0 ? 0 : (sum += (value + curve[step - 1]!) / 2)));
  });
}
