// jax-js on its wasm backend, everything under jit, on one thread.
//
// Arrays are owned: a function consumes what it is given, and `x.ref` is how a caller keeps x. Work is queued until somebody
// waits for it, so a run ends with `blockUntilReady` on all that it made.

import {
  denseLabels,
  parameterShapes,
  storedShapes,
  Unsupported,
  VALIDATION_STEPS,
  type GemmCase,
  type RunnableCase,
  type Subject,
  type TrainingCase,
  type TrainingOutputs,
} from '../subject.js';
import { makeInference } from './jaxInference.js';
import { forward } from './jaxLayers.js';

type Operand = JaxArray | number;

export interface JaxArray {
  readonly ref: this;
  dispose(): void;
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  reshape(shape: number[]): JaxArray;
  add(other: Operand): JaxArray;
  sub(other: Operand): JaxArray;
  mul(other: Operand): JaxArray;
  div(other: Operand): JaxArray;
  sum(axis?: number): JaxArray;
  mean(axis: number): JaxArray;
  transpose(axes: number[]): JaxArray;
  /** [] keeps an axis as it is, [begin, end] a part of it. */
  slice(...axes: number[][]): JaxArray;
}

interface Contraction {
  lhsContractingDims: number[];
  rhsContractingDims: number[];
}

/** What is used of jax-js. Declared here so that the bench compiles without it. */
export interface Jax {
  init: (...devices: string[]) => Promise<string[]>;
  defaultDevice: (device: string) => string;
  blockUntilReady<T>(arrays: T): Promise<T>;
  jit<A extends unknown[], R>(f: (...given: A) => R): ((...given: A) => R) & { dispose(): void };
  valueAndGrad<P, A extends unknown[]>(
    f: (parameters: P, ...rest: A) => JaxArray,
  ): (parameters: P, ...rest: A) => [JaxArray, P];
  numpy: {
    array: (values: Float32Array | Uint32Array) => JaxArray;
    matmul: (a: JaxArray, b: JaxArray) => JaxArray;
    tanh: (x: JaxArray) => JaxArray;
    exp: (x: JaxArray) => JaxArray;
    log1p: (x: JaxArray) => JaxArray;
    abs: (x: JaxArray) => JaxArray;
    sqrt: (x: JaxArray) => JaxArray;
    maximum: (a: Operand, b: Operand) => JaxArray;
    pad: (x: JaxArray, widths: [number, number][]) => JaxArray;
    split: (x: JaxArray, parts: number, axis: number) => JaxArray[];
    concatenate: (parts: JaxArray[], axis: number) => JaxArray;
    where: (condition: JaxArray, a: Operand, b: Operand) => JaxArray;
  };
  lax: { dot(a: JaxArray, b: JaxArray, dimensions: Contraction): JaxArray };
  nn: {
    relu: (x: JaxArray) => JaxArray;
    sigmoid: (x: JaxArray) => JaxArray;
    logSoftmax: (x: JaxArray, axis: number) => JaxArray;
    standardize: (x: JaxArray, axis: number, options: { epsilon: number }) => JaxArray;
    softmax: (x: JaxArray, axis: number) => JaxArray;
  };
  random: { key(seed: JaxArray): JaxArray; bernoulli(key: JaxArray, p: number, shape: number[]): JaxArray };
}

export async function loadJax(): Promise<Subject[]> {
  // jax-js starts one worker a core where there is a global Worker (Deno, Bun). Without one it computes on this thread.
  if (typeof Worker !== 'undefined')
    throw new Unsupported('this host has Workers, so jax-js would not keep to one thread');
  const name = '@jax-js/jax';
  const jax = (await import(name)) as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return [
    {
      name: 'jax-wasm',
      form: 'jit, blockUntilReady each step',
      gemm: (given) => makeGemm(jax, given, async (c) => (await jax.blockUntilReady(c)).dispose()),
      trainingStep: (given) =>
        makeTrainingStep(jax, given, ({ loss, parameters }) => jax.blockUntilReady([loss, ...parameters])),
    },
    {
      name: 'jax-wasm',
      form: 'jit, result read each step',
      gemm: (given) => makeGemm(jax, given, (c) => c.dataSync()),
      trainingStep: (given) => makeTrainingStep(jax, given, ({ loss }) => loss.ref.dataSync()),
    },
    { name: 'jax-wasm', form: 'jit, result read', inference: (given) => makeInference(jax, given) },
  ];
}

const CONTRACTIONS: Record<GemmCase['form'], Contraction> = {
  NN: { lhsContractingDims: [1], rhsContractingDims: [0] },
  NT: { lhsContractingDims: [1], rhsContractingDims: [1] },
  TN: { lhsContractingDims: [0], rhsContractingDims: [0] },
};

function makeGemm(jax: Jax, given: GemmCase, finish: (c: JaxArray) => unknown): RunnableCase<Float32Array> {
  const shapes = storedShapes(given);
  const a = jax.numpy.array(given.a).reshape(shapes.a);
  const b = jax.numpy.array(given.b).reshape(shapes.b);
  const multiply = jax.jit((x: JaxArray, y: JaxArray) => jax.lax.dot(x, y, CONTRACTIONS[given.form]));
  return {
    outputs: () => multiply(a.ref, b.ref).data(),
    async run(count) {
      for (let i = 0; i < count; i++) await finish(multiply(a.ref, b.ref));
    },
    dispose() {
      a.dispose();
      b.dispose();
      multiply.dispose();
    },
  };
}

/** Parameters, Adam's moments of each, beta1^t and beta2^t, and the number of the next dropout mask. */
interface State {
  loss: JaxArray;
  parameters: JaxArray[];
  firstMoments: JaxArray[];
  secondMoments: JaxArray[];
  powers: JaxArray[];
  seed: JaxArray;
}

function makeTrainingStep(
  jax: Jax,
  given: TrainingCase,
  wait: (state: State) => unknown,
): RunnableCase<TrainingOutputs> {
  const { numpy } = jax;
  const labels = denseLabels(given);
  const x = numpy.array(given.x).reshape([given.batch, ...given.inputShape]);
  const y = numpy.array(labels.values).reshape([given.batch, labels.columns]);
  const shapes = parameterShapes(given);
  const zeros = () => shapes.map((shape, i) => numpy.array(new Float32Array(given.weights[i]!.length)).reshape(shape));
  const one = () => numpy.array(new Float32Array([1])).reshape([]);
  const step = jax.jit(makeStep(jax, given));
  let state: State = {
    loss: one(),
    parameters: shapes.map((shape, i) => numpy.array(given.weights[i]!).reshape(shape)),
    firstMoments: zeros(),
    secondMoments: zeros(),
    powers: [one(), one()],
    seed: numpy.array(new Uint32Array([1])).reshape([]),
  };
  const advance = () => {
    const { loss, ...kept } = state;
    loss.dispose();
    state = step(kept, x.ref, y.ref);
  };
  const leaves = () => Object.values(state).flat() as JaxArray[];
  return {
    async outputs() {
      const losses: number[] = [];
      for (let i = 0; i < VALIDATION_STEPS; i++) {
        advance();
        losses.push((await state.loss.ref.data())[0]!);
      }
      return { losses, weights: await Promise.all(state.parameters.map((parameter) => parameter.ref.data())) };
    },
    async run(count) {
      for (let i = 0; i < count; i++) {
        advance();
        await wait(state);
      }
      await jax.blockUntilReady(leaves());
    },
    dispose() {
      for (const array of [x, y, ...leaves()]) array.dispose();
      step.dispose();
    },
  };
}

function makeStep(jax: Jax, given: TrainingCase): (state: Omit<State, 'loss'>, x: JaxArray, y: JaxArray) => State {
  const { sqrt } = jax.numpy;
  const { learningRate, beta1, beta2, epsilon } = given.adam;
  const lossAndGradients = jax.valueAndGrad(makeLoss(jax, given));
  return ({ parameters, firstMoments, secondMoments, powers, seed }, x, y) => {
    const [loss, gradients] = lossAndGradients(
      parameters.map((parameter) => parameter.ref),
      x,
      y,
      seed.ref,
    );
    const [power1, power2] = [powers[0]!.mul(beta1), powers[1]!.mul(beta2)];
    // learning rate / (1 - beta1^t), and 1 / (1 - beta2^t)
    const stepSize = power1.ref.mul(-1).add(1);
    const correction = power2.ref.mul(-1).add(1);
    const next: State = {
      loss,
      parameters: [],
      firstMoments: [],
      secondMoments: [],
      powers: [power1, power2],
      seed: seed.add(2),
    };
    for (const [i, gradient] of gradients.entries()) {
      const m = firstMoments[i]!.mul(beta1).add(gradient.ref.mul(1 - beta1));
      const v = secondMoments[i]!.mul(beta2).add(gradient.ref.mul(gradient).mul(1 - beta2));
      const move = m.ref
        .div(stepSize.ref)
        .mul(learningRate)
        .div(sqrt(v.ref.div(correction.ref)).add(epsilon));
      next.parameters.push(parameters[i]!.sub(move));
      next.firstMoments.push(m);
      next.secondMoments.push(v);
    }
    stepSize.dispose();
    correction.dispose();
    return next;
  };
}

type Loss = (parameters: JaxArray[], x: JaxArray, y: JaxArray, seed: JaxArray) => JaxArray;

function makeLoss(jax: Jax, { layers, batch, inputShape, loss }: TrainingCase): Loss {
  const { numpy, nn } = jax;
  return (parameters, x, y, seed) => {
    const rest = parameters.values();
    let masks = 0;
    const h = forward(layers, x, {
      jax,
      batch,
      shape: inputShape,
      take: () => rest.next().value!,
      nextSeed: () => seed.ref.add(masks++),
    });
    seed.dispose();
    if (loss === 'meanSquared') {
      const difference = h.sub(y);
      return difference.ref.mul(difference).sum().mul(1 / batch); // prettier-ignore
    }
    if (loss === 'softmax')
      return nn
        .logSoftmax(h, -1)
        .mul(y)
        .sum()
        .mul(-1 / batch);
    // max(z, 0) - z y + log(1 + exp(-|z|))
    const tail = numpy.log1p(numpy.exp(numpy.abs(h.ref).mul(-1)));
    return numpy
      .maximum(h.ref, 0)
      .sub(h.mul(y))
      .add(tail)
      .sum()
      .mul(1 / batch);
  };
}
