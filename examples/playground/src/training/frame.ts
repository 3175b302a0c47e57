// What is shown of a run at one time, made of its model. Plain values and typed arrays: frames cross from the worker to the page.

import type { GradientHealthReport, Logs, Model } from '../../../../bindings/index.js';
import type { SampleData } from '../data/sampleData.js';

/** Figures after an epoch, all in inference mode, so that train and dev can be compared. */
export interface EpochFigures {
  epoch: number;
  trainLoss: number;
  devLoss: number;
  trainAccuracy: number;
  devAccuracy: number;
}

/** What the net says of each cell of the plane, row by row from the top. */
export interface Plane {
  side: number;
  classes: Uint8Array;
  /** 0 to 255, from a guess to certainty. */
  certainty: Uint8Array;
}

export interface LayerWeights {
  layer: string;
  shape: readonly number[];
  meanSize: number;
  largest: number;
  zeroShare: number;
  /** Undefined where there are too many to draw. */
  values: Float32Array | undefined;
}

export interface LayerHealthView {
  layer: string;
  verdict: string;
  gradientNorm: number | undefined;
  updateRatio: number | undefined;
  flow: number | undefined;
  deadShare: number | undefined;
  saturatedShare: number | undefined;
}

export interface HealthView {
  epoch: number;
  verdict: string;
  layers: LayerHealthView[];
  remedies: readonly string[];
}

/** A picture of the dev data that the net reads wrongly. */
export interface Mistake {
  pixels: Float32Array;
  label: number;
  predicted: number;
}

export interface Frame {
  /** Epochs that are finished. */
  epoch: number;
  /** Of the epochs since the last frame. */
  figures: EpochFigures[];
  plane: Plane | undefined;
  weights: LayerWeights[];
  health: HealthView | undefined;
  mistakes: Mistake[] | undefined;
}

const SIDE = 72;
const MAXIMUM_DRAWN_WEIGHTS = 30_000;
const MAXIMUM_MISTAKES = 12;

export const figuresOf = (epoch: number, logs: Logs): EpochFigures => ({
  epoch,
  trainLoss: logs.train_loss!,
  devLoss: logs.val_loss!,
  trainAccuracy: logs.train_accuracy!,
  devAccuracy: logs.val_accuracy!,
});

/** The shares of the classes by their logits. For drawing alone, so the host's exp will do. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Classes over the plane of the first two features; the others are 0, their mean. */
export function planeOf(model: Model, { shape, classes, extent }: SampleData): Plane | undefined {
  if (extent === undefined) return undefined;
  const features = shape[0]!;
  const x = new Float32Array(SIDE * SIDE * features);
  const at = (cell: number): number => (((cell + 0.5) / SIDE) * 2 - 1) * extent;
  for (let i = 0; i < SIDE * SIDE; i++) {
    x[i * features] = at(i % SIDE);
    x[i * features + 1] = -at(Math.floor(i / SIDE));
  }
  const { data } = model.predictSync(x);
  const plane = { side: SIDE, classes: new Uint8Array(SIDE * SIDE), certainty: new Uint8Array(SIDE * SIDE) };
  const guess = 1 / classes.length;
  for (let i = 0; i < SIDE * SIDE; i++) {
    const shares = softmax(data.subarray(i * classes.length, (i + 1) * classes.length));
    const largest = Math.max(...shares);
    plane.classes[i] = shares.indexOf(largest);
    plane.certainty[i] = Math.round((255 * (largest - guess)) / (1 - guess));
  }
  return plane;
}

export function weightsOf(model: Model): LayerWeights[] {
  return Object.entries(model.parameters()).flatMap(([path, view]) => {
    if (!path.endsWith('/kernel')) return [];
    const layer = path.slice(0, -'/kernel'.length);
    const bias = model.parameters()[`${layer}/bias`];
    let sum = 0;
    let largest = 0;
    let zeros = 0;
    for (const value of view) {
      sum += Math.abs(value);
      largest = Math.max(largest, Math.abs(value));
      zeros += Number(value === 0);
    }
    const units = bias?.length ?? model.parameters()[`${layer.replace('hidden', 'norm')}/gamma`]?.length ?? 1;
    const shape = layer === 'convolution' ? [3, 3, 1, units] : [view.length / units, units];
    const values = view.length <= MAXIMUM_DRAWN_WEIGHTS ? view.slice() : undefined;
    return [{ layer, shape, meanSize: sum / view.length, largest, zeroShare: zeros / view.length, values }];
  });
}

export const healthOf = ({
  epoch,
  verdict,
  layers,
  remedies,
}: Omit<GradientHealthReport, 'format' | 'toString'>): HealthView => ({
  epoch,
  verdict,
  remedies,
  layers: layers
    .filter(({ gradientNorm }) => gradientNorm !== undefined)
    .map(({ layer, verdict: own, gradientNorm, updateRatio, flow, deadShare, saturatedShare }) => ({
      layer,
      verdict: own,
      gradientNorm,
      updateRatio,
      flow,
      deadShare,
      saturatedShare,
    })),
});

/** The first pictures of the dev data that are read wrongly; undefined for points. */
export function mistakesOf(model: Model, { dev, shape }: SampleData): Mistake[] | undefined {
  if (shape.length === 1) return undefined;
  const size = dev.x.length / dev.y.length;
  const predicted = model.predictSync(dev.x).argMax();
  const wrong = Array.from(predicted.keys()).filter((i) => predicted[i] !== dev.y[i]);
  return wrong.slice(0, MAXIMUM_MISTAKES).map((i) => ({
    pixels: dev.x.slice(i * size, (i + 1) * size),
    label: dev.y[i]!,
    predicted: predicted[i]!,
  }));
}
