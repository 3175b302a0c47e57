// Brings what `fit`, `evaluate` and `predict` are given into samples that fit the model, or says what does not.

import { checkClassRange, toSamples, type ArrayData, type SampleArray } from '../data/arrays.js';
import { formatShape, sizeOf } from '../graph/shape.js';
import { DataError, OptionError, ShapeError } from '../runtime/errors.js';
import { checkCount, entriesOf, prepareInputs, type DataArgument } from './inputs.js';
import type { Network } from './network.js';
import { inputRegion, labelRegion, type BatchArray, type BatchSource, type OutputObjective } from './step.js';

export type { DataArgument } from './inputs.js';

/** One batch of a stream. */
export interface Batch {
  x: DataArgument;
  y: DataArgument;
  sampleWeight?: ArrayData;
}

/** Batches made on the fly. Each epoch iterates anew; a function is called for a new iterator. */
export type BatchStream = AsyncIterable<Batch> | Iterable<Batch> | (() => AsyncIterable<Batch> | Iterable<Batch>);

/** Batches to predict for: their labels, if they have any, are not read. */
export type InputStream =
  | AsyncIterable<{ x: DataArgument }>
  | Iterable<{ x: DataArgument }>
  | (() => AsyncIterable<{ x: DataArgument }> | Iterable<{ x: DataArgument }>);

export interface WeightOptions {
  /** One weight a sample: its loss is multiplied by it. */
  sampleWeight?: ArrayData | undefined;
  /** Weight of each class number, for a single output with one class a sample; classes that are not named weigh 1. */
  classWeight?: Readonly<Record<number, number>> | undefined;
}

/** Samples that fit a model. */
export interface PreparedData {
  inputs: readonly SampleArray[];
  labels: readonly SampleArray[];
  weights: Float32Array | undefined;
  count: number;
  /** Of each sample in its data set, for a batch of it; without them samples are counted as they come. */
  numbers?: Int32Array;
}

export function prepareData(
  where: string,
  network: Network,
  objectives: readonly OutputObjective[],
  x: DataArgument,
  y: DataArgument,
  weightOptions: WeightOptions = {},
): PreparedData {
  const { inputs, count } = prepareInputs(where, network, x);
  if (y === undefined) throw new DataError(`${where}: y is missing. Give the labels as the second argument.`);
  const names = objectives.map(({ name }) => name);
  const labels = entriesOf(`${where}: y`, y, names).map((data, i) =>
    prepareLabels(`${where}: y (${names[i]})`, data, network, objectives[i]!, i),
  );
  labels.forEach((label, i) => checkCount(where, `y (${names[i]})`, label.count, count));
  return { inputs, labels, weights: prepareWeights(where, labels, objectives, count, weightOptions), count };
}

function prepareLabels(
  where: string,
  data: ArrayData,
  network: Network,
  { loss }: OutputObjective,
  index: number,
): SampleArray {
  const { shape } = network.outputs[index]!;
  if (loss.labels === 'values') {
    const labels = toSamples(where, data, shape, 'float32');
    // Labels are read as float32 whatever they are stored as.
    return labels.data instanceof Uint8Array ? { ...labels, data: Float32Array.from(labels.data) } : labels;
  }
  const classes = shape.at(-1)!;
  const labels = toSamples(where, data, shape.slice(0, -1), 'int32');
  checkClassRange(where, labels.data as Int32Array, classes, loss.ignoredLabel);
  return labels;
}

function prepareWeights(
  where: string,
  labels: readonly SampleArray[],
  objectives: readonly OutputObjective[],
  count: number,
  { sampleWeight, classWeight }: WeightOptions,
): Float32Array | undefined {
  if (sampleWeight === undefined && classWeight === undefined) return undefined;
  const weights = new Float32Array(count).fill(1);
  if (sampleWeight !== undefined) {
    const given = toSamples(`${where}: sampleWeight`, sampleWeight, [], 'float32');
    checkCount(where, 'sampleWeight', given.count, count);
    weights.set(given.data);
  }
  const negative = weights.findIndex((weight) => weight < 0);
  if (negative >= 0)
    throw new DataError(`${where}: sampleWeight ${negative} is ${weights[negative]}. Weights are >= 0.`);
  if (classWeight !== undefined) multiplyByClass(where, weights, labels, objectives, classWeight);
  return weights;
}

function multiplyByClass(
  where: string,
  weights: Float32Array,
  labels: readonly SampleArray[],
  objectives: readonly OutputObjective[],
  classWeight: Readonly<Record<number, number>>,
): void {
  for (const [name, weight] of Object.entries(classWeight)) {
    if (Number.isInteger(Number(name)) && Number.isFinite(weight) && weight >= 0) continue;
    throw new OptionError(`${where}: classWeight must map class numbers to weights >= 0, got ${name}: ${weight}.`);
  }
  const classOf = labels.length === 1 ? classReader(labels[0]!, objectives[0]!) : undefined;
  if (!classOf) {
    throw new OptionError(
      `${where}: classWeight needs one output with one class a sample, got ${labels.length} output(s) with ` +
        `${objectives[0]!.loss.name} and labels of shape ${formatShape(labels[0]!.sampleShape)}. Use sampleWeight.`,
    );
  }
  for (let i = 0; i < weights.length; i++) weights[i]! *= classWeight[classOf(i)] ?? 1;
}

/** Reads a sample's class: its number, the largest of its values, or 0 or 1 for yes or no. Undefined if it has not just one. */
function classReader({ data, sampleShape }: SampleArray, { loss }: OutputObjective) {
  const size = sizeOf(sampleShape);
  const isRow = sampleShape.at(-1) === size;
  if (loss.labels === 'classes') return size === 1 ? (i: number) => data[i]! : undefined;
  if (loss.task === 'binary') return size === 1 ? (i: number) => Number(data[i]! > 0.5) : undefined;
  if (loss.task !== 'categorical' || !isRow) return undefined;
  return (i: number) => {
    const row = data.subarray(i * size, (i + 1) * size);
    return row.indexOf(Math.max(...row));
  };
}

const dtypeOf = ({ data }: SampleArray): BatchArray['dtype'] =>
  data instanceof Uint8Array ? 'uint8' : data instanceof Int32Array ? 'int32' : 'float32';

/** How a step reads prepared data: from linear memory in its order or shuffled, or batch by batch; see BatchSource. */
export function sourceOf(
  data: PreparedData,
  { isResident = false, isShuffled = false, isNumbered = false } = {},
): BatchSource {
  const array = (region: string) => (samples: SampleArray, i: number) => ({
    region: region === 'x' ? inputRegion(i) : labelRegion(i),
    sampleShape: samples.sampleShape,
    dtype: dtypeOf(samples),
  });
  return {
    inputs: data.inputs.map(array('x')),
    labels: data.labels.map(array('y')),
    isWeighted: data.weights !== undefined,
    samples: isResident ? data.count : undefined,
    firstSample: 0,
    isShuffled: isResident && isShuffled,
    isNumbered,
  };
}

/** Splits the last `share` of the samples off. */
export function splitValidation(where: string, data: PreparedData, share: number): [PreparedData, PreparedData] {
  const held = Math.ceil(data.count * share);
  const kept = data.count - held;
  if (kept < 1 || held < 1) {
    throw new ShapeError(
      `${where}: validationSplit ${share} of ${data.count} samples leaves ${kept} to train on. Give more data.`,
    );
  }
  const part = (begin: number, end: number): PreparedData => ({
    inputs: data.inputs.map((input) => takeRange(input, begin, end)),
    labels: data.labels.map((label) => takeRange(label, begin, end)),
    weights: data.weights?.subarray(begin, end),
    count: end - begin,
  });
  return [part(0, kept), part(kept, data.count)];
}

function takeRange({ data, sampleShape }: SampleArray, begin: number, end: number): SampleArray {
  const size = sizeOf(sampleShape);
  return { data: data.subarray(begin * size, end * size), count: end - begin, sampleShape };
}

/** Copies of the samples at `indices`, for data that is not held in linear memory. */
export function takeSamples(data: PreparedData, indices: ArrayLike<number>): PreparedData {
  const pick = ({ data: all, sampleShape }: SampleArray): SampleArray => {
    const size = sizeOf(sampleShape);
    const picked = all.slice(0, 0).constructor as new (length: number) => SampleArray['data'];
    const target = new picked(indices.length * size);
    for (let i = 0; i < indices.length; i++) {
      target.set(all.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
    }
    return { data: target, count: indices.length, sampleShape };
  };
  const { weights } = data;
  return {
    inputs: data.inputs.map(pick),
    labels: data.labels.map(pick),
    weights: weights && Float32Array.from(indices, (index) => weights[index]!),
    count: indices.length,
  };
}
