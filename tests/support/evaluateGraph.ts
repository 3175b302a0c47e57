// The public functions on arrays, with booleans and plain arrays as fixtures have them.

import {
  evaluateFunction,
  valueAndGradients,
  type FunctionalArray,
  type Graph,
  type Shape,
  type Tensor,
} from '../../bindings/index.js';

/** An array as it is given. Booleans become 0 and 1 in float32. */
export interface GivenArray {
  shape: Shape;
  data: ArrayLike<number>;
  dtype?: 'float32' | 'int32' | 'bool' | undefined;
}

export interface EvaluateGraphOptions {
  /** Weights of outputs in the sum that is differentiated, by output; outputs without any are left out of it. */
  cotangents?: Readonly<Record<string, GivenArray>>;
  random?: { seed: number; step?: number };
}

export interface Evaluation {
  outputs: Record<string, FunctionalArray>;
  /** By input: of every float32 input that the sum depends on. Empty without cotangents. */
  gradients: Record<string, FunctionalArray>;
}

const given = (arrays: Readonly<Record<string, GivenArray>>) =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data, dtype }]) => [
      name,
      { shape, data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data) },
    ]),
  );

/**
 * @param build Makes the output tensors of the inputs' tensors.
 * @example evaluateGraph({ x: { shape: [2], data: [1, 2] } }, ({ x }) => ({ y: x!.square() })).outputs.y
 */
export function evaluateGraph(
  inputs: Readonly<Record<string, GivenArray>>,
  build: (leaves: Readonly<Record<string, Tensor>>, graph: Graph) => Record<string, Tensor>,
  { cotangents, random = { seed: 0 } }: EvaluateGraphOptions = {},
): Evaluation {
  if (!cotangents) return { outputs: evaluateFunction(build, given(inputs), random), gradients: {} };
  const { values, gradients } = valueAndGradients(build, given(inputs), { cotangents: given(cotangents), ...random });
  return { outputs: values, gradients: gradients as Record<string, FunctionalArray> };
}
