// What a benchmarked library (a subject) must offer, and the cases that it is given. Made by bench/suites, met by bench/subjects.

import { netFacts, type LayerSpec, type Shape } from './net.js';

/** The subject that the others are compared with. */
export const OURS = 'wasmgrad';

/** C[m, n] = op(A) op(B). A is stored [m, k], or [k, m] in TN; B is stored [k, n], or [n, k] in NT. Row-major. */
export interface GemmCase {
  name: string;
  form: 'NN' | 'NT' | 'TN';
  m: number;
  k: number;
  n: number;
  a: Float32Array;
  b: Float32Array;
}

/** A net with the values of its parameters, and one batch. */
export interface NetCase {
  name: string;
  batch: number;
  /** Of one sample. */
  inputShape: Shape;
  layers: readonly LayerSpec[];
  /** [batch, ...inputShape] */
  x: Float32Array;
  /** Values in the order of the layers, and in a layer in the order of `layerFacts`. */
  weights: readonly Float32Array[];
}

/** The outputs of a net for one sample (`batch` is 1): logits. */
export type InferenceCase = NetCase;

/** A net, its starting values, and one batch. The loss is the mean over the batch; Adam is algorithm 1 of Kingma & Ba. */
export interface TrainingCase extends NetCase {
  /** Cross-entropy of a softmax over the outputs, or of one sigmoid, both of logits; or the squared error of one output. */
  loss: 'softmax' | 'sigmoid' | 'meanSquared';
  adam: { learningRate: number; beta1: number; beta2: number; epsilon: number };
  /** One number a sample: its class, 0/1 for a sigmoid, or the target. */
  labels: Int32Array | Float32Array;
}

/** What a training case yields after `VALIDATION_STEPS` steps from its starting values. */
export interface TrainingOutputs {
  /** The loss of each step, before its update. */
  losses: number[];
  weights: Float32Array[];
}

export const VALIDATION_STEPS = 2;

/** One update of the weights of a matrix by given gradients. */
export interface UpdateCase {
  name: string;
  /** Rows of the matrix, and columns. */
  side: number;
  weights: Float32Array;
  gradients: Float32Array;
  /** Weight decay is decoupled: Loshchilov & Hutter 2019. */
  adam: { learningRate: number; beta1: number; beta2: number; epsilon: number; weightDecay: number };
  /** The largest norm of all gradients together. */
  globalClipNorm?: number;
  /** Share that the moving average of the weights keeps. It begins at 0, and is not corrected for that. */
  averageDecay?: number;
}

/**
 * What the gradients are multiplied by in the updates that are checked: other ones in each, and clipped in the first alone, or
 * no beta would show.
 */
export const UPDATE_GRADIENT_FACTORS = [1, -5e-4];

/** What an update case yields after these updates. */
export interface UpdateOutputs {
  weights: Float32Array;
  average?: Float32Array;
}

/** A batch of images [batch, side, side, 1] that are turned, then shifted, then scaled, all alike; zeros come in from outside. */
export interface AugmentationCase {
  name: string;
  batch: number;
  side: number;
  images: Float32Array;
  /** Anticlockwise. */
  degrees: number;
  /** Down and to the right, as a share of the side. */
  shift: number;
  /** Above 1 is nearer. */
  zoom: number;
  /** Bent too, by smoothed noise times this: Simard et al. 2003, with a standard deviation of 4 pixels. */
  elasticAlpha?: number;
  /** Standard deviation of noise on each value. */
  noise?: number;
}

/** Trees that are fitted to samples [samples, features], from the arrays on: stages of gradient boosting, or a forest's. */
export interface TreesCase {
  name: string;
  kind: 'boosting' | 'forest';
  trees: number;
  maxDepth: number;
  /** Share of the features that a split of a forest looks at. */
  maxFeatures: number;
  /** Of boosting. */
  learningRate: number;
  features: number;
  x: Float32Array;
  /** Values to boost, or classes from 0. */
  y: Float32Array | Int32Array;
  /** Samples that are not fitted. */
  xTest: Float32Array;
  yTest: Float32Array | Int32Array;
}

/** One case set up in one subject, data resident. */
export interface RunnableCase<Outputs> {
  /** Values to compare with the reference. Called once, before any `run`. */
  outputs(): Outputs | Promise<Outputs>;
  /** Runs the product, the training step or the prediction `count` times. All of it is finished when this returns or resolves. */
  run(count: number): void | Promise<void>;
  dispose(): void;
}

/**
 * A library, or one way to use it. Subjects of one name are forms of the same library: all are validated, and the fastest
 * one stands for it.
 */
export interface Subject {
  name: string;
  form?: string;
  gemm?(given: GemmCase): RunnableCase<Float32Array> | Promise<RunnableCase<Float32Array>>;
  trainingStep?(given: TrainingCase): RunnableCase<TrainingOutputs> | Promise<RunnableCase<TrainingOutputs>>;
  /** A run is given the array of the sample and makes a Float32Array of the outputs. */
  inference?(given: InferenceCase): RunnableCase<Float32Array> | Promise<RunnableCase<Float32Array>>;
  update?(given: UpdateCase): RunnableCase<UpdateOutputs> | Promise<RunnableCase<UpdateOutputs>>;
  augmentation?(given: AugmentationCase): RunnableCase<Float32Array> | Promise<RunnableCase<Float32Array>>;
  /** Outputs are the values or classes that are predicted of `xTest`; a run is one fit. */
  trees?(given: TreesCase): RunnableCase<ArrayLike<number>> | Promise<RunnableCase<ArrayLike<number>>>;
}

/** Why a subject has no figure: thrown by a subject for a case that it cannot do. */
export class Unsupported extends Error {}

/** Shape of the stored operands of a GEMM case. */
export function storedShapes({ form, m, k, n }: GemmCase): { a: [number, number]; b: [number, number] } {
  return { a: form === 'TN' ? [k, m] : [m, k], b: form === 'NT' ? [n, k] : [k, n] };
}

/** Shapes of the parameters of a training case, in the order of its weights. */
export function parameterShapes({ layers, inputShape }: Pick<NetCase, 'layers' | 'inputShape'>): number[][] {
  return netFacts(layers, inputShape).flatMap(({ parameters }) => parameters.map(({ shape }) => [...shape]));
}

/** Labels as rows: [batch, outputs] of 0 and 1 for a softmax, else [batch, 1]. */
export function denseLabels({ labels, loss, layers, inputShape }: TrainingCase): {
  values: Float32Array;
  columns: number;
} {
  if (loss !== 'softmax') return { values: Float32Array.from(labels), columns: 1 };
  const columns = netFacts(layers, inputShape).at(-1)!.output[0]!;
  const values = new Float32Array(labels.length * columns);
  labels.forEach((label, row) => (values[row * columns + label] = 1));
  return { values, columns };
}
