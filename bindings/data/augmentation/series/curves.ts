// Smooth random curves over the steps of a series.

import type { Tensor } from '../../../graph/tensor.js';
import { checkNumber } from '../../../runtime/suggest.js';
import type { AugmentationOptions } from '../augmentation.js';
import type { SampleDraws } from '../draws.js';

export interface WarpingCurveOptions extends AugmentationOptions {
  /** Places at which the curve is drawn, evenly spaced from end to end; 4 by default. */
  knots?: number;
  /** Standard deviation of the curve there; 0.2 by default. */
  stddev?: number;
}

export const CURVE_OPTIONS = ['knots', 'stddev'];

export function checkCurve(
  where: string,
  { knots = 4, stddev = 0.2 }: WarpingCurveOptions,
): { knots: number; stddev: number } {
  checkNumber(where, 'knots', knots, { minimum: 2, maximum: 64, integer: true });
  checkNumber(where, 'stddev', stddev, { minimum: 0 });
  return { knots, stddev };
}

/** Normal numbers about 0 at the knots [batch, knots], all 0 for the samples that are left alone. */
export function drawKnots(
  draws: SampleDraws,
  probability: number,
  { knots, stddev }: { knots: number; stddev: number },
): Tensor {
  const isDrawn = draws.coin(probability).reshape([draws.batchSize, 1]);
  return draws.normal([knots]).mul(stddev).mul(isDrawn);
}

/** A matrix [rows][columns] as a tensor. */
export const matrixTensor = (like: Tensor, matrix: readonly (readonly number[])[]): Tensor =>
  like.graph.table(matrix.flat()).reshape([matrix.length, matrix[0]!.length]);
