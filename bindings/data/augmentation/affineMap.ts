// Maps of the plane, one for each sample of a batch: what rotations, shifts, shears and the like are and compose to.

import type { Graph } from '../../graph/graph.js';
import { Tensor } from '../../graph/tensor.js';
import type { PictureSize } from './augmentation.js';

/** The same number for all samples, or a vector [batch]. */
export type Scalar = number | Tensor;

/** (y, x) -> (yy y + yx x + y0, xy y + xx x + x0), in pixels from the centre. */
export interface AffineMap {
  yy: Scalar;
  yx: Scalar;
  y0: Scalar;
  xy: Scalar;
  xx: Scalar;
  x0: Scalar;
}

export const IDENTITY: AffineMap = { yy: 1, yx: 0, y0: 0, xy: 0, xx: 1, x0: 0 };

/** What is known when the graph is traced is not computed again in each step. */
function multiply(a: Scalar, b: Scalar): Scalar {
  if (typeof a === 'number') return typeof b === 'number' ? a * b : scale(b, a);
  return typeof b === 'number' ? scale(a, b) : a.mul(b);
}

function scale(vector: Tensor, factor: number): Scalar {
  if (factor === 0) return 0;
  return factor === 1 ? vector : vector.mul(factor);
}

function add(a: Scalar, b: Scalar): Scalar {
  if (a === 0) return b;
  if (b === 0) return a;
  if (typeof a === 'number') return typeof b === 'number' ? a + b : b.add(a);
  return a.add(b);
}

const sumOfProducts = (...pairs: readonly (readonly [Scalar, Scalar])[]): Scalar =>
  pairs.map(([a, b]) => multiply(a, b)).reduce(add);

/** The map p -> outer(inner(p)). */
export function compose(outer: AffineMap, inner: AffineMap): AffineMap {
  const row = (y: Scalar, x: Scalar, offset: Scalar): readonly [Scalar, Scalar, Scalar] => [
    sumOfProducts([y, inner.yy], [x, inner.xy]),
    sumOfProducts([y, inner.yx], [x, inner.xx]),
    add(sumOfProducts([y, inner.y0], [x, inner.x0]), offset),
  ];
  const [yy, yx, y0] = row(outer.yy, outer.yx, outer.y0);
  const [xy, xx, x0] = row(outer.xy, outer.xx, outer.x0);
  return { yy, yx, y0, xy, xx, x0 };
}

/** The maps as [batch, 6] in the order of the warp primitive, which counts pixels from the first one. */
export function mapsTensor(graph: Graph, batch: number, map: AffineMap, { height, width }: PictureSize): Tensor {
  const [centreY, centreX] = [(height - 1) / 2, (width - 1) / 2];
  // c + m0 - (my cy + mx cx): exactly m0 for the identity, since both products are then c and 0.
  const offset = (y: Scalar, x: Scalar, own: Scalar, centre: number): Scalar =>
    add(add(centre, multiply(-1, sumOfProducts([y, centreY], [x, centreX]))), own);
  const columns: Scalar[] = [
    map.yy,
    map.yx,
    offset(map.yy, map.yx, map.y0, centreY),
    map.xy,
    map.xx,
    offset(map.xy, map.xx, map.x0, centreX),
  ];
  const [first, ...rest] = columns.map((column) =>
    column instanceof Tensor ? column.reshape([batch, 1]) : graph.constant(column).broadcastTo([batch, 1]),
  );
  return first!.concat(rest, 1);
}
