// Prediction in jax-js: one jit function, whose result is read.

import { parameterShapes, type InferenceCase, type RunnableCase } from '../subject.js';
import type { Jax, JaxArray } from './jax.js';
import { forward } from './jaxLayers.js';

export function makeInference(jax: Jax, given: InferenceCase): RunnableCase<Float32Array> {
  const { layers, batch, inputShape: shape, weights } = given;
  const parameters = parameterShapes(given).map((sides, i) => jax.numpy.array(weights[i]!).reshape(sides));
  const predict = jax.jit((x: JaxArray, values: JaxArray[]) => {
    const rest = values.values();
    return forward(layers, x, { jax, batch, shape, take: () => rest.next().value!, nextSeed: noSeed });
  });
  const run = () => {
    const x = jax.numpy.array(given.x).reshape([batch, ...shape]);
    return predict(
      x,
      parameters.map((parameter) => parameter.ref),
    ).dataSync();
  };
  return {
    outputs: run,
    run(count) {
      for (let i = 0; i < count; i++) run();
    },
    dispose() {
      for (const parameter of parameters) parameter.dispose();
      predict.dispose();
    },
  };
}

const noSeed = (): never => {
  throw new Error('dropout is for training');
};
