// Traces one step of a model as a graph: the batch comes in, outputs, losses and metrics are computed, and in training
// gradients and the update follow. Everything a step does is in the one program that comes of it.

import { Graph } from '../graph/graph.js';
import { DTYPE_BYTES, type DType } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import type { Metric } from '../metrics/metric.js';
import { opRules } from '../ops/index.js';
import { meanLoss } from './meanLoss.js';
import type { Network } from './network.js';
import { ParameterAccess } from './parameterAccess.js';
import type { ParameterLayout } from './parameters.js';
import type { Training } from './training.js';
import { rateFactorOf, traceAccumulation, traceGradients, traceUpdate } from './update.js';

/** Region of the float64 sums that steps add to. */
export const SUMS = 'sums';
/** Region of the loss of the last step. */
export const STEP_LOSS = 'stepLoss';
/** Region of the int32 order of an epoch. */
export const ORDER = 'order';

export const inputRegion = (index: number): string => `x${index}`;
export const labelRegion = (index: number): string => `y${index}`;
export const outputRegion = (index: number): string => `output${index}`;
export const isOutputRegion = (region: string): boolean => /^output\d+$/.test(region);
export const WEIGHTS = 'sampleWeight';

/** One array that a step reads: all samples, or those of the batch. */
export interface BatchArray {
  region: string;
  sampleShape: Shape;
  dtype: DType;
}

/** How a step gets its samples: gathered from data in linear memory (`samples` of them), or written for each batch. */
export interface BatchSource {
  inputs: readonly BatchArray[];
  labels: readonly BatchArray[];
  isWeighted: boolean;
  /** Samples in linear memory; undefined: the regions hold one batch. */
  samples: number | undefined;
  /** Sample with which batch 0 begins, in the order of the epoch: the last, smaller batch has a program of its own. */
  firstSample: number;
  isShuffled: boolean;
}

/** What `compile` settled for one output. */
export interface OutputObjective {
  name: string;
  loss: Loss;
  lossWeight: number;
  metrics: readonly Metric[];
}

/** Sums that a step adds to `SUMS`, in this order. */
export interface SumSlot {
  /** Name in the history: `loss`, `accuracy`, `out_1_loss` ... */
  name: string;
  offset: number;
  length: number;
  result(sums: Float64Array, samples: number): number;
}

export interface TracedStep {
  graph: Graph;
  sums: readonly SumSlot[];
}

/** Total length of the sums of a step. */
export const sumsLength = (slots: readonly SumSlot[]): number =>
  slots.reduce((length, slot) => Math.max(length, slot.offset + slot.length), 0);

class StepTracer {
  readonly graph = new Graph(opRules);
  readonly sums: SumSlot[] = [];
  private sumsLength = 0;

  constructor(
    private readonly source: BatchSource,
    private readonly batchSize: number,
  ) {}

  /** A batch of one array. Bytes become float32 on the way. */
  batch(array: BatchArray): Tensor {
    const { graph, batchSize } = this;
    const { samples, firstSample, isShuffled } = this.source;
    const { region, sampleShape, dtype } = array;
    if (samples === undefined) {
      return graph.leaf([batchSize, ...sampleShape], dtype === 'uint8' ? 'float32' : dtype, { region, byteOffset: 0 });
    }
    const rest = samples - firstSample;
    if (isShuffled) {
      const all = graph.leaf([samples, ...sampleShape], dtype, { region, byteOffset: 0 });
      const order = graph.leaf([rest], 'int32', { region: ORDER, byteOffset: 4 * firstSample });
      return graph.emit('gatherBatch', [all, order], { rows: batchSize });
    }
    const byteOffset = firstSample * sizeOf(sampleShape) * DTYPE_BYTES[dtype];
    return graph.emit('gatherBatch', [graph.leaf([rest, ...sampleShape], dtype, { region, byteOffset })], {
      rows: batchSize,
    });
  }

  addSum(name: string, value: Tensor, result: SumSlot['result']): void {
    const { graph } = this;
    const placement = { region: SUMS, byteOffset: 8 * this.sumsLength };
    graph.emit('accumulate', [graph.leaf([2 * value.size], 'float32', placement), value], {});
    this.sums.push({ name, offset: this.sumsLength, length: value.size, result });
    this.sumsLength += value.size;
  }
}

/** A step that only predicts: outputs lie in their regions. `stochastic`: with dropout and noise. */
export function tracePrediction(
  network: Network,
  store: ParameterLayout,
  source: BatchSource,
  batchSize: number,
  stochastic = false,
): TracedStep {
  const tracer = new StepTracer(source, batchSize);
  const inputs = source.inputs.map((array) => tracer.batch(array));
  const { outputs } = network.trace(tracer.graph, inputs, {
    ...new ParameterAccess(tracer.graph, store).functions,
    training: false,
    stochastic,
  });
  outputs.forEach((output, i) => tracer.graph.output(output, { region: outputRegion(i), byteOffset: 0 }));
  return { graph: tracer.graph, sums: [] };
}

/** A step with losses and metrics and, given how to train, the update. */
export function traceStep(
  network: Network,
  store: ParameterLayout,
  objectives: readonly OutputObjective[],
  source: BatchSource,
  batchSize: number,
  training?: Training,
): TracedStep {
  const tracer = new StepTracer(source, batchSize);
  const { graph } = tracer;
  const inputs = source.inputs.map((array) => tracer.batch(array));
  const labels = source.labels.map((array) => tracer.batch(array));
  const weights = source.isWeighted ? tracer.batch({ region: WEIGHTS, sampleShape: [], dtype: 'float32' }) : undefined;
  const access = new ParameterAccess(graph, store);
  const isTraining = training !== undefined;
  const traced = network.trace(graph, inputs, {
    ...access.functions,
    training: isTraining,
    stochastic: isTraining,
  });
  const { outputs, masks } = traced;

  const losses = objectives.map(({ name, loss }, i) =>
    graph.withScope(name, () => meanLoss(loss, labels[i]!, outputs[i]!, weights, masks[i])),
  );
  const dataLoss = losses.map((loss, i) => loss.mul(objectives[i]!.lossWeight)).reduce(add);
  const { smooth, proximal } = tracePenalties(access, store, traced.penalties);
  const objective = [dataLoss, ...smooth].reduce(add);
  const total = [objective, ...proximal].reduce(add);
  graph.output(total, { region: STEP_LOSS, byteOffset: 0 });
  graph.emit('checkFinite', [total], {});

  // A mean over batches of different size: each weighs as many samples as it has.
  const addLoss = (name: string, loss: Tensor) =>
    tracer.addSum(name, loss.mul(batchSize), ([sum], samples) => sum! / samples);
  addLoss('loss', total);
  if (total !== dataLoss) {
    addLoss('dataLoss', dataLoss);
    addLoss('penalty', [...smooth, ...proximal].reduce(add));
  }
  objectives.forEach(({ name, metrics }, i) => {
    const prefix = objectives.length > 1 ? `${name}_` : '';
    if (prefix) addLoss(`${prefix}loss`, losses[i]!);
    for (const metric of metrics) {
      const value = graph.withScope(metric.name, () => metric.sums(labels[i]!, outputs[i]!, weights));
      tracer.addSum(prefix + metric.name, value, (sums, samples) => metric.result(sums, samples));
    }
  });
  if (training) {
    traceGradients(graph, store, access.leaves, objective);
    access.writeAssigned();
    traceAccumulation(graph, store, training);
    const finish = traceUpdate(graph, store, training);
    traceProximal(access, store, training);
    traceConstraints(access, store);
    finish();
  }
  return { graph, sums: tracer.sums };
}

const add = (sum: Tensor, value: Tensor): Tensor => sum.add(value);

/**
 * Penalties of the regularised parameters and of layers. Those with a proximal map are no part of what is differentiated.
 * A tied parameter has no storage, so its source counts once.
 */
function tracePenalties(access: ParameterAccess, store: ParameterLayout, fromLayers: readonly Tensor[]) {
  const smooth = [...fromLayers];
  const proximal: Tensor[] = [];
  for (const { path, regularizer } of store.segments) {
    if (!regularizer) continue;
    const penalty = access.graph.withScope(path, () => regularizer.penalty(access.read(path)));
    (regularizer.proximal ? proximal : smooth).push(penalty);
  }
  return { smooth, proximal };
}

/** Takes the step of each penalty with a proximal map, after that of the optimiser on all else. */
function traceProximal(access: ParameterAccess, store: ParameterLayout, training: Training): void {
  const { graph } = access;
  for (const { path, regularizer } of store.trainable) {
    if (!regularizer?.proximal) continue;
    const leaf = access.read(path);
    const rate = training.rate(graph).mul(rateFactorOf(training.optimizer, path));
    graph.withScope(path, () => graph.emit('assign', [leaf, regularizer.proximal!(leaf, rate)], {}));
  }
}

/** Brings each constrained parameter back to what is allowed, after the update. */
function traceConstraints(access: ParameterAccess, store: ParameterLayout): void {
  for (const { path, constraint } of store.trainable) {
    if (!constraint) continue;
    const leaf = access.read(path);
    access.graph.withScope(path, () => access.graph.emit('assign', [leaf, constraint.apply(leaf)], {}));
  }
}
