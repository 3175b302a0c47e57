// wasmgrad itself: the programs that `fit` runs, without the event loop's turns between them.

import {
  activation,
  adam,
  batchNormalization,
  binaryCrossentropy,
  conv2d,
  dense,
  dropout,
  flatten,
  globalAveragePooling1d,
  layerNormalization,
  loadModel,
  lstm,
  maxPooling2d,
  meanSquaredError,
  multiHeadAttention,
  residual,
  sequential,
  sparseCategoricalCrossentropy,
  type Layer,
  type Model,
} from '../../bindings/index.js';
import { RunStateField } from '../../assembly/opcodes.js';
import { compileGraph } from '../../bindings/graph/compile.js';
import { Graph } from '../../bindings/graph/graph.js';
import { ARENA } from '../../bindings/graph/plan.js';
import { Program } from '../../bindings/graph/program.js';
import { prepareData, sourceOf } from '../../bindings/model/dataset.js';
import { planStep, Session } from '../../bindings/model/session.js';
import { inputRegion, labelRegion, traceStep } from '../../bindings/model/step.js';
import { opRules } from '../../bindings/ops/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';
import { applyLayer, type LayerTable, type Shape } from '../net.js';
import { makeAugmentation } from './wasmgradAugmentation.js';
import { makeTrees } from './wasmgradTrees.js';
import { makeUpdate } from './wasmgradUpdate.js';
import {
  storedShapes,
  VALIDATION_STEPS,
  type GemmCase,
  type InferenceCase,
  type NetCase,
  type RunnableCase,
  type Subject,
  type TrainingCase,
  type TrainingOutputs,
} from '../subject.js';

export function loadWasmgrad(): Subject[] {
  return [
    {
      name: 'wasmgrad',
      gemm: makeGemm,
      trainingStep: makeTrainingStep,
      inference: makeInference,
      update: makeUpdate,
      augmentation: makeAugmentation,
      trees: makeTrees,
    },
  ];
}

/** A program of one product, whose operands and result have regions of their own. */
function makeGemm(given: GemmCase): RunnableCase<Float32Array> {
  const runtime = getRuntime();
  const { heap } = runtime;
  const shapes = storedShapes(given);
  const graph = new Graph(opRules);
  const a = graph.leaf(shapes.a, 'float32', { region: 'a', byteOffset: 0 });
  const b = graph.leaf(shapes.b, 'float32', { region: 'b', byteOffset: 0 });
  const product = a.matmul(b, { transposeA: given.form === 'TN', transposeB: given.form === 'NT' });
  graph.output(product, { region: 'c', byteOffset: 0 });
  const compiled = compileGraph(graph);

  const length = given.m * given.n;
  const stateAddress = heap.allocate(4 * RunStateField.end, 'the state of a benchmark');
  const regions = {
    a: heap.allocate(given.a.byteLength, 'operand a'),
    b: heap.allocate(given.b.byteLength, 'operand b'),
    c: heap.allocate(4 * length, 'the product'),
    [ARENA]: heap.allocate(compiled.plan.arenaBytes, 'the intermediates'),
  };
  runtime.float32(regions.a, given.a.length).set(given.a);
  runtime.float32(regions.b, given.b.length).set(given.b);
  const program = new Program(runtime, compiled, { regions, stateAddress });
  return {
    outputs() {
      program.run();
      return runtime.float32(regions.c, length).slice();
    },
    run: (count) => void program.run([], count),
    dispose() {
      program.dispose();
      for (const address of [stateAddress, ...Object.values(regions)]) heap.release(address);
    },
  };
}

/** The step that `fit` would run on a batch that lies in linear memory already; any number of steps is one call. */
function makeTrainingStep(given: TrainingCase): RunnableCase<TrainingOutputs> {
  const model = makeNetwork(given);
  model.compile({ optimizer: adam(given.adam), loss: LOSSES[given.loss]() });
  const paths = setWeights(model, given);

  // What Trainer does, less the epochs.
  const parts = model['parts']('bench');
  const { runtime, network, store, objectives, training } = parts;
  const labels = given.loss === 'softmax' ? given.labels : Float32Array.from(given.labels);
  const data = prepareData('bench', network, objectives, given.x, labels, {});
  const source = sourceOf(data);
  const traced = traceStep(network, store, objectives, source, given.batch, { training });
  const step = planStep(traced, given.batch, source, training.width);
  const session = new Session(runtime, store);
  const program = session.load(step, '', session.block('arena', step.compiled.plan.arenaBytes));
  session.write(inputRegion(0), data.inputs[0]!);
  session.write(labelRegion(0), data.labels[0]!);

  const run = (count: number): void => {
    if (program.run(training.rows(store.step, count), count)) throw new Error('the loss is not finite');
  };
  return {
    outputs() {
      const losses = Array.from({ length: VALIDATION_STEPS }, () => {
        run(1);
        return session.lastLoss;
      });
      const parameters = model.parameters();
      return { losses, weights: paths.map((path) => parameters[path]!.slice()) };
    },
    run,
    dispose() {
      session.dispose();
      model.dispose();
    },
  };
}

/** The public way for small batches in a hot path. */
export function makeInference(given: InferenceCase): RunnableCase<Float32Array> {
  const model = makeNetwork(given);
  setWeights(model, given);
  return predictions(model, given);
}

/** The same with the kernels of a file of int8 weights. */
export async function makeInt8Inference(given: InferenceCase): Promise<RunnableCase<Float32Array>> {
  const model = makeNetwork(given);
  setWeights(model, given);
  const file = await model.save({ weights: 'int8' });
  model.dispose();
  return predictions(await loadModel(file), given);
}

function predictions(model: Model, given: InferenceCase): RunnableCase<Float32Array> {
  const predict = () => model.predictSync(given.x).data;
  return {
    outputs: predict,
    run(count) {
      for (let i = 0; i < count; i++) predict();
    },
    dispose: () => model.dispose(),
  };
}

/** Returns the paths of the parameters, in the order of the values. */
function setWeights(model: Model, { weights }: NetCase): string[] {
  // Moving moments are kept by the step, and are no parameters of it.
  const paths = Object.keys(model.parameters()).filter((path) => !/moving(Mean|Variance)$/.test(path));
  model.setParameters(Object.fromEntries(paths.map((path, i) => [path, weights[i]!])));
  return paths;
}

/** Options of the first layer. */
type First = { inputShape?: Shape };

const LAYERS: LayerTable<[First], Layer> = {
  conv2d: ({ filters, size, padding, activation: name }, first) =>
    conv2d(filters, size, { padding, ...(name && { activation: name }), ...first }),
  maxPooling2d: ({ size }, first) => maxPooling2d(size, first),
  flatten: () => flatten(),
  activation: ({ name }) => activation(name),
  dropout: ({ rate }, first) => dropout(rate, first),
  dense: ({ units, useBias = true, activation: name }, first) =>
    dense(units, { useBias, ...(name && { activation: name }), ...first }),
  batchNormalization: ({ epsilon }, first) => batchNormalization({ epsilon, ...first }),
  layerNormalization: ({ epsilon }, first) => layerNormalization({ epsilon, ...first }),
  lstm: ({ units }, first) => lstm(units, first),
  selfAttention: ({ heads }, first) => multiHeadAttention(heads, { useBias: false, ...first }),
  residual: ({ branch }, first) =>
    residual(
      branch.map((spec) => applyLayer(LAYERS, spec, {})),
      first,
    ),
  averageOverTime: (_, first) => globalAveragePooling1d(first),
};

const LOSSES = {
  softmax: () => sparseCategoricalCrossentropy({ fromLogits: true }),
  sigmoid: () => binaryCrossentropy({ fromLogits: true }),
  meanSquared: () => meanSquaredError(),
};

function makeNetwork({ layers, inputShape }: NetCase): Model {
  const chain = layers.map((spec, i) => applyLayer(LAYERS, spec, i === 0 ? { inputShape } : {}));
  return sequential(chain, { seed: 1 });
}
