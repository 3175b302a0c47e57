// TensorFlow.js, on its cpu (plain JavaScript) and wasm (XNNPACK, SIMD, one thread) backends.
//
// Loaded as tfjsBundle.ts made it.

import {
  denseLabels,
  parameterShapes,
  storedShapes,
  Unsupported,
  VALIDATION_STEPS,
  type GemmCase,
  type InferenceCase,
  type RunnableCase,
  type Subject,
  type TrainingCase,
  type TrainingOutputs,
} from '../subject.js';
import type { LayerKind } from '../net.js';
import { TFJS_URL, TFJS_WASM_URL } from '../engines/urls.js';
import { makeInference } from './tfjsInference.js';
import { forward, type Dense, type ImageForm } from './tfjsLayers.js';

export interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

interface Optimizer {
  /** Returns the loss before the update. */
  minimize(loss: () => Tensor, returnCost: true, variables: Tensor[]): Tensor;
  dispose(): void;
}

/** Given the gradient of the value and what was saved. Other tensors of the forward pass are gone by then. */
type GradientFunction = (dy: Tensor, saved: Tensor[]) => Tensor[];
type Save = (tensors: Tensor[]) => void;

export type FusedActivation = 'linear' | 'relu';

/** What is used of TensorFlow.js. Declared here so that the bench compiles without it. */
export interface Tfjs {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  setWasmPaths(folder: string): void;
  setThreadsCount(count: number): void;
  env(): { getAsync(flag: string): Promise<unknown>; set(flag: string, value: boolean): void };
  tensor(values: Float32Array, shape: number[]): Tensor;
  variable(initial: Tensor): Tensor;
  tidy<T>(make: () => T): T;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  reshape(x: Tensor, shape: number[]): Tensor;
  transpose(x: Tensor, axes?: number[]): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  rsqrt(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  mean(x: Tensor, axis: number): Tensor;
  moments(x: Tensor, axis: number, keepDims: boolean): { mean: Tensor; variance: Tensor };
  scalar(value: number): Tensor;
  unstack(x: Tensor): Tensor[];
  split(x: Tensor, count: number, axis: number): Tensor[];
  expandDims(x: Tensor, axis: number): Tensor;
  squeeze(x: Tensor, axes: number[]): Tensor;
  conv2d(x: Tensor, kernel: Tensor, strides: number, padding: string): Tensor;
  conv3d(x: Tensor, kernel: Tensor, strides: number, padding: string): Tensor;
  maxPool(x: Tensor, size: number, strides: number, padding: string): Tensor;
  maxPool3d(x: Tensor, size: number[], strides: number[], padding: string): Tensor;
  getKernel(name: string, backend: string): object | undefined;
  sum(x: Tensor, axis: number): Tensor;
  relu(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  dropout(x: Tensor, rate: number): Tensor;
  /** f is given tensors and, last, a function that keeps some for its gradient. */
  customGrad<Operands extends Tensor[]>(
    f: (...given: [...Operands, Save]) => { value: Tensor; gradFunc: GradientFunction },
  ): (...operands: Operands) => Tensor;
  fused: {
    matMul(given: { a: Tensor; b: Tensor; bias?: Tensor; activation: FusedActivation }): Tensor;
    conv2d(given: {
      x: Tensor;
      filter: Tensor;
      bias: Tensor;
      strides: number;
      pad: string;
      activation: FusedActivation;
    }): Tensor;
  };
  losses: {
    softmaxCrossEntropy: (labels: Tensor, logits: Tensor) => Tensor;
    sigmoidCrossEntropy: (labels: Tensor, logits: Tensor) => Tensor;
    meanSquaredError: (labels: Tensor, predictions: Tensor) => Tensor;
  };
  train: { adam(learningRate: number, beta1: number, beta2: number, epsilon: number): Optimizer };
}

export async function loadTfjs(): Promise<Subject[]> {
  const { tf, wasmFolder } = await importTfjs();
  tf.enableProdMode();
  tf.setWasmPaths(wasmFolder);
  // A page that may share memory would get the build for threads.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  tf.setThreadsCount(1);
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    if (tf.getBackend() !== backend) throw new Error(`TensorFlow.js could not start its ${backend} backend`);
  }
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('TensorFlow.js found no SIMD');
  return ['cpu', 'wasm'].flatMap((backend) => [
    makeSubject(tf, backend, 'flags', `transposes by matMul's flags`),
    // The wasm backend gives only NN to XNNPACK, and everything else, gradients too, to a plain loop.
    makeSubject(tf, backend, 'copies', 'transposes copied first'),
    {
      name: `tfjs-${backend}`,
      form: 'bias and relu fused',
      inference: (given: InferenceCase) => onBackend(tf, backend, () => makeInference(tf, backend, given)),
    },
  ]);
}

/** In a page, from where engines/chromium.ts serves it. */
async function importTfjs(): Promise<{ tf: Tfjs; wasmFolder: string }> {
  if (typeof document === 'object') return { tf: (await import(TFJS_URL)) as Tfjs, wasmFolder: TFJS_WASM_URL };
  return (await import('./tfjsBundle.js')).importBundle();
}

type TransposeForm = 'flags' | 'copies';

function makeSubject(tf: Tfjs, backend: string, transposes: TransposeForm, form: string): Subject {
  return {
    name: `tfjs-${backend}`,
    form,
    gemm: (given) => onBackend(tf, backend, () => makeGemm(tf, backend, transposes, given)),
    trainingStep: (given) => onBackend(tf, backend, () => makeTrainingStep(tf, backend, transposes, given)),
  };
}

async function onBackend<T>(tf: Tfjs, backend: string, make: () => T): Promise<T> {
  await tf.setBackend(backend);
  return make();
}

function makeGemm(tf: Tfjs, backend: string, transposes: TransposeForm, given: GemmCase): RunnableCase<Float32Array> {
  const shapes = storedShapes(given);
  const a = tf.tensor(given.a, shapes.a);
  const b = tf.tensor(given.b, shapes.b);
  const multiply = () => product(tf, transposes, a, b, given.form === 'TN', given.form === 'NT');
  return {
    outputs: () => multiply().dataSync(),
    // Both backends compute when called: there is nothing to wait for.
    async run(count) {
      await tf.setBackend(backend);
      for (let i = 0; i < count; i++) multiply().dispose();
    },
    dispose() {
      a.dispose();
      b.dispose();
    },
  };
}

function product(
  tf: Tfjs,
  transposes: TransposeForm,
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  if (transposes === 'flags') return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b));
}

function makeTrainingStep(
  tf: Tfjs,
  backend: string,
  transposes: TransposeForm,
  given: TrainingCase,
): RunnableCase<TrainingOutputs> {
  const { learningRate, beta1, beta2, epsilon } = given.adam;
  const labels = denseLabels(given);
  const images = imageForm(tf, backend, given);
  const x = tf.tensor(given.x, [given.batch, ...given.inputShape]);
  const y = tf.tensor(labels.values, [given.batch, labels.columns]);
  const variables = parameterShapes(given).map((shape, i) =>
    tf.tidy(() => tf.variable(tf.tensor(given.weights[i]!, shape))),
  );
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const dense = transposes === 'flags' ? makeDense(tf) : makeDenseWithCopies(tf);
  const lossOf = {
    softmax: tf.losses.softmaxCrossEntropy,
    sigmoid: tf.losses.sigmoidCrossEntropy,
    meanSquared: tf.losses.meanSquaredError,
  }[given.loss];

  const loss = (): Tensor => {
    const rest = variables.values();
    const { batch, inputShape: shape } = given;
    const take = () => rest.next().value!;
    return lossOf(y, forward(given.layers, x, { tf, dense, images, batch, shape, take, needsInputGradient: false }));
  };
  const step = () => optimizer.minimize(loss, true, variables);

  return {
    outputs() {
      const losses = Array.from({ length: VALIDATION_STEPS }, () => step().dataSync()[0]!);
      return { losses, weights: variables.map((variable) => variable.dataSync().slice()) };
    },
    async run(count) {
      await tf.setBackend(backend);
      for (let i = 0; i < count; i++) step().dispose();
    },
    dispose() {
      optimizer.dispose();
      for (const tensor of [x, y, ...variables]) tensor.dispose();
    },
  };
}

/** Kernels that the gradient of a layer runs, beside those of its own. */
const GRADIENT_KERNELS: Partial<Record<LayerKind, Record<ImageForm, string>>> = {
  conv2d: { conv2d: 'Conv2DBackpropFilter', conv3d: 'Conv3DBackpropFilterV2' },
  maxPooling2d: { conv2d: 'MaxPoolGrad', conv3d: 'MaxPool3DGrad' },
};

/** How images are convolved: as they are if this backend can differentiate that, else with a depth of 1. */
function imageForm(tf: Tfjs, backend: string, { layers }: TrainingCase): ImageForm {
  const missing = (form: ImageForm) =>
    layers.flatMap(({ kind }) => {
      const kernel = GRADIENT_KERNELS[kind]?.[form];
      return kernel !== undefined && !tf.getKernel(kernel, backend) ? [kernel] : [];
    });
  if (missing('conv2d').length === 0) return 'conv2d';
  if (missing('conv3d').length === 0) return 'conv3d';
  throw new Unsupported(`cannot: no gradient kernel ${missing('conv2d')[0]}`);
}

/** As the library differentiates it. */
const makeDense =
  (tf: Tfjs): Dense =>
  (a, b, bias) =>
    tf.fused.matMul({ a, b, ...(bias && { bias }), activation: 'linear' });

/** With a gradient of our own that transposes first, so that the wasm backend can use its fast product. */
function makeDenseWithCopies(tf: Tfjs): Dense {
  const kernelGradient = (x: Tensor, dy: Tensor) => tf.matMul(tf.transpose(x), dy);
  const hidden = tf.customGrad((x: Tensor, kernel: Tensor, save: Save) => {
    save([x, kernel]);
    return {
      value: tf.matMul(x, kernel),
      gradFunc: (dy, saved) => [tf.matMul(dy, tf.transpose(saved[1]!)), kernelGradient(saved[0]!, dy)],
    };
  });
  const hiddenWithBias = tf.customGrad((x: Tensor, kernel: Tensor, bias: Tensor, save: Save) => {
    save([x, kernel]);
    return {
      value: tf.fused.matMul({ a: x, b: kernel, bias, activation: 'linear' }),
      gradFunc: (dy, saved) => [tf.matMul(dy, tf.transpose(saved[1]!)), kernelGradient(saved[0]!, dy), tf.sum(dy, 0)],
    };
  });
  const first = (x: Tensor) =>
    tf.customGrad((kernel: Tensor, save: Save) => {
      save([x]);
      return { value: tf.matMul(x, kernel), gradFunc: (dy, saved) => [kernelGradient(saved[0]!, dy)] };
    });
  const firstWithBias = (x: Tensor) =>
    tf.customGrad((kernel: Tensor, bias: Tensor, save: Save) => {
      save([x]);
      return {
        value: tf.fused.matMul({ a: x, b: kernel, bias, activation: 'linear' }),
        gradFunc: (dy, saved) => [kernelGradient(saved[0]!, dy), tf.sum(dy, 0)],
      };
    });
  return (x, kernel, bias, needsInputGradient) => {
    if (needsInputGradient) return bias ? hiddenWithBias(x, kernel, bias) : hidden(x, kernel);
    return bias ? firstWithBias(x)(kernel, bias) : first(x)(kernel);
  };
}
