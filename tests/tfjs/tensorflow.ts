// TensorFlow.js as a program has it that imports '@tensorflow/tfjs', out of its parts that the tests need.

import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as layers from '@tensorflow/tfjs-layers';
import type { TfjsArtifacts } from '../../bindings/formats/tfjs/index.js';

// Layers call operators as methods of tensors, which the core alone does not have.
const prototype = core.Tensor.prototype as unknown as Record<string, unknown>;
for (const [name, op] of Object.entries(core)) {
  if (typeof op !== 'function' || name in prototype || !/^[a-z]/.test(name)) continue;
  prototype[name] = function (this: core.Tensor, ...given: unknown[]) {
    return (op as (...all: unknown[]) => unknown)(this, ...given);
  };
}
prototype.flatten = function (this: core.Tensor) {
  return core.reshape(this, [this.size]);
};
prototype.asType = function (this: core.Tensor, dtype: core.DataType) {
  return core.cast(this, dtype);
};
await core.setBackend('cpu');

export const tf = { ...core, ...layers };
export type TfModel = layers.LayersModel;

/** What TensorFlow.js makes of what we write. */
export const loadInTensorFlow = (artifacts: TfjsArtifacts): Promise<TfModel> =>
  layers.loadLayersModel(core.io.fromMemory(artifacts));

/** What TensorFlow.js writes. */
export async function saveInTensorFlow(model: TfModel, includeOptimizer = false): Promise<core.io.ModelArtifacts> {
  const saved: core.io.ModelArtifacts[] = [];
  const handler = core.io.withSaveHandler((artifacts) => {
    saved.push(artifacts);
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } });
  });
  await model.save(handler, { includeOptimizer });
  return saved[0]!;
}

/** As files: model.json as text, and its weights. */
export function filesOf({ weightData, weightSpecs, modelTopology, trainingConfig }: core.io.ModelArtifacts) {
  const json = {
    format: 'layers-model',
    modelTopology,
    ...(trainingConfig && { trainingConfig }),
    weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: weightSpecs }],
  };
  return { modelJson: JSON.stringify(json), weights: weightData as ArrayBuffer };
}

/** Predictions of TensorFlow.js, output by output. */
export function predictInTensorFlow(
  model: TfModel,
  inputs: readonly { data: Float32Array | Int32Array; shape: readonly number[] }[],
): Float32Array[] {
  const tensors = inputs.map(({ data, shape }) =>
    core.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
  );
  const result = model.predict(tensors.length === 1 ? tensors[0]! : tensors);
  return (Array.isArray(result) ? result : [result]).map((tensor) => tensor.dataSync() as Float32Array);
}
