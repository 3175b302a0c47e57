// TensorFlow.js, on its cpu (plain JavaScript) and wasm (XNNPACK, SIMD, one thread) backends.
//
// Node resolves the packages to CommonJS builds; applications get the ES modules. Those can't be imported by Node directly, so
// esbuild bundles them first, as an application would.

import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  denseLabels,
  parameterShapes,
  storedShapes,
  VALIDATION_STEPS,
  type GemmCase,
  type RunnableCase,
  type Subject,
  type TrainingCase,
  type TrainingOutputs,
} from '../subject.js';

const BENCH = fileURLToPath(new URL('..', import.meta.url));

interface Tensor {
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

/** What is used of TensorFlow.js. Declared here so that the bench compiles without it. */
interface Tfjs {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  setWasmPaths(folder: string): void;
  setThreadsCount(count: number): void;
  env(): { getAsync(flag: string): Promise<unknown> };
  tensor(values: Float32Array, shape: number[]): Tensor;
  variable(initial: Tensor): Tensor;
  tidy<T>(make: () => T): T;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  transpose(x: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sum(x: Tensor, axis: number): Tensor;
  relu(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  dropout(x: Tensor, rate: number): Tensor;
  customGrad(
    f: (a: Tensor, b: Tensor, c: Tensor, save: Save) => { value: Tensor; gradFunc: GradientFunction },
  ): (a: Tensor, b: Tensor, c: Tensor) => Tensor;
  customGrad(
    f: (a: Tensor, b: Tensor, save: Save) => { value: Tensor; gradFunc: GradientFunction },
  ): (a: Tensor, b: Tensor) => Tensor;
  fused: { matMul(given: { a: Tensor; b: Tensor; bias: Tensor; activation: 'linear' }): Tensor };
  losses: {
    softmaxCrossEntropy: (labels: Tensor, logits: Tensor) => Tensor;
    sigmoidCrossEntropy: (labels: Tensor, logits: Tensor) => Tensor;
  };
  train: { adam(learningRate: number, beta1: number, beta2: number, epsilon: number): Optimizer };
}

export async function loadTfjs(): Promise<Subject[]> {
  const tf = await importBundle();
  tf.enableProdMode();
  const wasmFolder = dirname(
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'),
  );
  tf.setWasmPaths(`${wasmFolder}/`);
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
  ]);
}

/** Bundles the ES modules of core and both backends, and imports the result. */
async function importBundle(): Promise<Tfjs> {
  const { build } = await import('esbuild');
  const folder = join(BENCH, 'node_modules', '.cache');
  const outfile = join(folder, 'tfjs.mjs');
  await mkdir(folder, { recursive: true });
  await build({
    stdin: {
      contents: `
        export * from '@tensorflow/tfjs-core';
        import '@tensorflow/tfjs-core/dist/register_all_gradients';
        import '@tensorflow/tfjs-backend-cpu';
        export { setWasmPaths, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';`,
      resolveDir: BENCH,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: {
      // For Emscripten's glue, which takes Node to be CommonJS.
      js: `import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`,
    },
    logLevel: 'error',
  });
  return (await import(pathToFileURL(outfile).href)) as Tfjs;
}

type TransposeForm = 'flags' | 'copies';

function makeSubject(tf: Tfjs, backend: string, transposes: TransposeForm, form: string): Subject {
  const onBackend = async <T>(make: () => T): Promise<T> => {
    await tf.setBackend(backend);
    return make();
  };
  return {
    name: `tfjs-${backend}`,
    form,
    gemm: (given) => onBackend(() => makeGemm(tf, backend, transposes, given)),
    trainingStep: (given) => onBackend(() => makeTrainingStep(tf, backend, transposes, given)),
  };
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
  const x = tf.tensor(given.x, [given.batch, given.sizes[0]!]);
  const y = tf.tensor(labels.values, [given.batch, labels.columns]);
  const variables = parameterShapes(given).map((shape, i) =>
    tf.tidy(() => tf.variable(tf.tensor(given.weights[i]!, shape))),
  );
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const dense = transposes === 'flags' ? makeDense(tf) : makeDenseWithCopies(tf);
  const crossEntropy = given.loss === 'softmax' ? tf.losses.softmaxCrossEntropy : tf.losses.sigmoidCrossEntropy;

  const loss = (): Tensor => {
    let h = x;
    const depth = given.sizes.length - 1;
    for (let layer = 0; layer < depth; layer++) {
      h = dense(h, variables[2 * layer]!, variables[2 * layer + 1]!, layer > 0);
      if (layer === depth - 1) break;
      h = given.activation === 'relu' ? tf.relu(h) : tf.tanh(h);
      if (given.dropout > 0) h = tf.dropout(h, given.dropout);
    }
    return crossEntropy(y, h);
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

type Dense = (x: Tensor, kernel: Tensor, bias: Tensor, needsInputGradient: boolean) => Tensor;

/** As the library differentiates it. */
const makeDense =
  (tf: Tfjs): Dense =>
  (a, b, bias) =>
    tf.fused.matMul({ a, b, bias, activation: 'linear' });

/** With a gradient of our own that transposes first, so that the wasm backend can use its fast product. */
function makeDenseWithCopies(tf: Tfjs): Dense {
  const forward = (a: Tensor, b: Tensor, bias: Tensor) => tf.fused.matMul({ a, b, bias, activation: 'linear' });
  const kernelGradient = (x: Tensor, dy: Tensor) => tf.matMul(tf.transpose(x), dy);
  const hidden = tf.customGrad((x: Tensor, kernel: Tensor, bias: Tensor, save: Save) => {
    save([x, kernel]);
    return {
      value: forward(x, kernel, bias),
      gradFunc: (dy, saved) => [tf.matMul(dy, tf.transpose(saved[1]!)), kernelGradient(saved[0]!, dy), tf.sum(dy, 0)],
    };
  });
  const first = (x: Tensor) =>
    tf.customGrad((kernel: Tensor, bias: Tensor, _save: Save) => ({
      value: forward(x, kernel, bias),
      gradFunc: (dy) => [kernelGradient(x, dy), tf.sum(dy, 0)],
    }));
  return (x, kernel, bias, needsInputGradient) =>
    needsInputGradient ? hidden(x, kernel, bias) : first(x)(kernel, bias);
}
