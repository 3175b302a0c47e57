// Traces one step of a model as a graph: the batch comes in, outputs, losses and metrics are computed, and in training
// gradients and the update follow. Everything a step does is in the one program that comes of it.

import { augmentBatch, type BatchIdentity } from '../data/augmentation/augmentBatch.js';
import type { Augmentation } from '../data/augmentation/augmentation.js';
import { Graph } from '../graph/graph.js';
import { DTYPE_BYTES, type DType } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import type { Metric } from '../metrics/metric.js';
import { opRules } from '../ops/index.js';
import {
  addLossFigure,
  addMetricFigures,
  plainLoss,
  type FigureSink,
  type RowSlot,
  type SumSlot,
  type WeightedLoss,
} from './figures.js';
import { mixBatch } from './mixer.js';
import type { Network } from './network.js';
import { ParameterAccess } from './parameterAccess.js';
import type { ParameterLayout } from './parameters.js';
import type { Training } from './training.js';
import { rateFactorOf, traceAccumulation, traceGradients, traceUpdate } from './update.js';

/** Region of the float64 sums that steps add to. */
export const SUMS = 'sums';
/** Region of the loss of the last step. */
export const STEP_LOSS = 'stepLoss';
/** Region of the int32 order of an epoch, or of the numbers of the samples of a batch. */
export const ORDER = 'order';
/** Region of the number of the epoch, an int32. */
export const EPOCH = 'epoch';

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
  /** Whether the number of each sample in the data set is in the order's region, shuffled or not. */
  isNumbered: boolean;
}

/** What `compile` settled for one output. */
export interface OutputObjective {
  name: string;
  loss: Loss;
  lossWeight: number;
  metrics: readonly Metric[];
}

export interface TracedStep {
  graph: Graph;
  sums: readonly SumSlot[];
  rows: readonly RowSlot[];
}

class StepTracer implements FigureSink {
  readonly graph = new Graph(opRules);
  readonly sums: SumSlot[] = [];
  readonly rows: RowSlot[] = [];
  private readonly rowsByKey = new Map<string, Pick<RowSlot, 'region' | 'width'>>();
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
      return graph.emit('gatherBatch', [all, this.order()], { rows: batchSize });
    }
    const byteOffset = firstSample * sizeOf(sampleShape) * DTYPE_BYTES[dtype];
    return graph.emit('gatherBatch', [graph.leaf([rest, ...sampleShape], dtype, { region, byteOffset })], {
      rows: batchSize,
    });
  }

  /** What tells the samples of a batch apart from all others: for augmentation. */
  identity(): BatchIdentity {
    const { graph, batchSize } = this;
    const epoch = graph.leaf([], 'int32', { region: EPOCH, byteOffset: 0 });
    const order = this.order();
    const numbers = this.source.samples === undefined ? order : graph.emit('gatherBatch', [order], { rows: batchSize });
    return { numbers, epoch };
  }

  /** The numbers of the samples from batch 0 on, or of those of the batch. */
  private order(): Tensor {
    const { samples, firstSample } = this.source;
    const count = samples === undefined ? this.batchSize : samples - firstSample;
    return this.graph.leaf([count], 'int32', { region: ORDER, byteOffset: 4 * firstSample });
  }

  addSum(name: string, value: Tensor, result: SumSlot['result']): void {
    const { graph } = this;
    const placement = { region: SUMS, byteOffset: 8 * this.sumsLength };
    graph.emit('accumulate', [graph.leaf([2 * value.size], 'float32', placement), value], {});
    this.sums.push({ name, offset: this.sumsLength, length: value.size, result });
    this.sumsLength += value.size;
  }

  addRows(name: string, key: string, makeRows: () => Tensor, result: RowSlot['result']): void {
    let known = this.rowsByKey.get(key);
    if (!known) {
      known = this.storeRows(makeRows());
      this.rowsByKey.set(key, known);
    }
    this.rows.push({ name, ...known, result });
  }

  /** Rows of a batch that is written for each step are collected by the trainer; others lie side by side. */
  private storeRows(rows: Tensor): Pick<RowSlot, 'region' | 'width'> {
    const { graph, batchSize } = this;
    const { samples, firstSample } = this.source;
    const region = `rows${this.rowsByKey.size}`;
    const width = rows.size / batchSize;
    const value = rows.reshape([batchSize, width]);
    if (samples === undefined) {
      graph.emit('assign', [graph.leaf([batchSize, width], 'float32', { region, byteOffset: 0 }), value], {});
    } else {
      const placement = { region, byteOffset: 4 * firstSample * width };
      graph.emit('storeBatch', [graph.leaf([samples - firstSample, width], 'float32', placement), value], {});
    }
    return { region, width };
  }
}

/** A step that only predicts: outputs lie in their regions. `stochastic`: with dropout and noise. */
/** Batches for prediction: written into the regions of the inputs before each run. */
export const predictionSource = ({ inputs }: Pick<Network, 'inputs'>): BatchSource => ({
  inputs: inputs.map(({ shape, dtype }, i) => ({ region: inputRegion(i), sampleShape: shape, dtype })),
  labels: [],
  isWeighted: false,
  samples: undefined,
  firstSample: 0,
  isShuffled: false,
  isNumbered: false,
});

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
  return { graph: tracer.graph, sums: [], rows: [] };
}

/** What makes a step one of training. */
export interface Learning {
  training?: Training;
  /** Of each input. */
  augmentations?: readonly (readonly Augmentation[])[] | undefined;
}

/** A step with losses and metrics and, given how to train, augmentation and the update. */
export function traceStep(
  network: Network,
  store: ParameterLayout,
  objectives: readonly OutputObjective[],
  source: BatchSource,
  batchSize: number,
  { training, augmentations }: Learning = {},
): TracedStep {
  const tracer = new StepTracer(source, batchSize);
  const { graph } = tracer;
  const inputs = traceAugmentations(
    tracer,
    source.inputs.map((array) => tracer.batch(array)),
    augmentations,
  );
  const labels = source.labels.map((array) => tracer.batch(array));
  const weights = source.isWeighted ? tracer.batch({ region: WEIGHTS, sampleShape: [], dtype: 'float32' }) : undefined;
  const access = new ParameterAccess(graph, store);
  const isTraining = training !== undefined;
  const batch = mixBatch(graph, inputs, training);
  const traced = network.trace(graph, batch.inputs, {
    ...access.functions,
    training: isTraining,
    stochastic: isTraining,
  });
  const { outputs, masks } = traced;

  const losses = objectives.map(({ name, loss, lossWeight }, i): WeightedLoss => {
    const counted = { sample: weights, mask: masks[i] };
    const reduced = graph.withScope(name, () => batch.reduce(loss, labels[i]!, outputs[i]!, counted));
    return { reduced, weight: lossWeight };
  });
  const dataLoss = losses.map(({ reduced, weight }) => reduced.loss.mul(weight)).reduce(add);
  const { smooth, proximal } = tracePenalties(access, store, traced.penalties);
  const objective = [dataLoss, ...smooth].reduce(add);
  const total = [objective, ...proximal].reduce(add);
  graph.output(total, { region: STEP_LOSS, byteOffset: 0 });
  graph.emit('checkFinite', [total], {});

  const addLoss = (name: string, loss: Tensor, parts: readonly WeightedLoss[]) =>
    addLossFigure(tracer, name, loss, parts, batchSize);
  const penalties = [...smooth, ...proximal].map(plainLoss);
  addLoss('loss', total, [...losses, ...penalties]);
  if (total !== dataLoss) {
    addLoss('dataLoss', dataLoss, losses);
    addLoss('penalty', [...smooth, ...proximal].reduce(add), penalties);
  }
  objectives.forEach((objective, i) => {
    const prefix = objectives.length > 1 ? `${objective.name}_` : '';
    if (prefix) addLoss(`${prefix}loss`, losses[i]!.reduced.loss, [{ ...losses[i]!, weight: 1 }]);
    const yTrue = labels[i]!;
    addMetricFigures(tracer, prefix, objective, {
      yTrue,
      yPred: outputs[i]!,
      weights: { sample: weights, mask: masks[i] },
    });
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
  return { graph, sums: tracer.sums, rows: tracer.rows };
}

function traceAugmentations(
  tracer: StepTracer,
  inputs: readonly Tensor[],
  augmentations: Learning['augmentations'],
): readonly Tensor[] {
  if (!augmentations) return inputs;
  const identity = tracer.identity();
  return inputs.map((x, i) => augmentBatch('fit: augment', x, augmentations[i] ?? [], identity));
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
