// Functions that searches are tried on.

import { uniform, type Params, type Space } from '../../bindings/selection/index.js';

/** Dixon & Szegő 1978: three minima of 0.397887. */
export const branin = {
  space: { x: uniform(-5, 10), y: uniform(0, 15) } satisfies Space,
  minimum: 0.397887,
  value: ({ x, y }: Params): number => {
    const [a, b] = [x as number, y as number];
    const bow = b - (5.1 / (4 * Math.PI ** 2)) * a ** 2 + (5 / Math.PI) * a - 6;
    return bow ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
  },
};

const ALPHA = [1, 1.2, 3, 3.2];
const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];

/** Hartmann's function of six variables: a minimum of -3.32237. */
export const hartmann6 = {
  space: Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`x${i}`, uniform(0, 1)])) satisfies Space,
  minimum: -3.32237,
  value: (params: Params): number =>
    -ALPHA.reduce(
      (sum, alpha, i) =>
        sum +
        alpha *
          Math.exp(
            -A[i]!.reduce((inner, a, j) => inner + a * ((params[`x${j}`] as number) - P[i]![j]! * 1e-4) ** 2, 0),
          ),
      0,
    ),
};
