// How a model is trained: its optimiser, and the row of scalars that every step is fed.

import { FEEDS } from '../graph/program.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { checkLearningRate } from '../optimizers/define.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { exp, log } from '../runtime/math.js';
import type { Mixer } from './mixer.js';
import { optimizerStateRegion } from './parameters.js';

/** When a row is for. */
export interface FeedTime {
  /** Batches that this optimiser has seen before, from 0. */
  step: number;
  /** Updates that it has made before: fewer than steps where gradients are accumulated. */
  update: number;
  /** The learning rate. */
  rate: number;
}

/** A part of the row: so many float32 values, which a trace reads by the part's name with `Training.feed`. */
export interface FeedSource {
  readonly name: string;
  readonly width: number;
  row(time: FeedTime): readonly number[];
}

/** Names of the parts that every row has. */
export const RATE = 'rate';
const NOISE = 'gradientNoise';
const ACCUMULATION = 'accumulation';
const groupFeed = (group: number): string => `optimizer ${group}`;

/** State that holds the mean of the gradients so far. */
const ACCUMULATED_GRADIENT = 'accumulatedGradient';

export class Training {
  /** What every rate of the schedule is multiplied by. */
  learningRateFactor = 1;
  private readonly sources: readonly FeedSource[];

  /**
   * @param gradientAccumulation Batches whose gradients make one update.
   * @param mixer Blends the samples of a batch.
   */
  constructor(
    readonly optimizer: Optimizer,
    readonly gradientAccumulation = 1,
    readonly mixer?: Mixer,
  ) {
    const rate: FeedSource = { name: RATE, width: 1, row: (time) => [time.rate] };
    this.sources = [
      rate,
      ...groupSources(optimizer),
      ...noiseSource(optimizer),
      ...this.accumulationSource(),
      ...(mixer ? [mixer] : []),
    ];
  }

  /** Names of the flat vectors that live from step to step. */
  get states(): readonly string[] {
    return [...this.optimizer.states, ...(this.gradientAccumulation > 1 ? [ACCUMULATED_GRADIENT] : [])];
  }

  /** Region of the gradients that updates read, beside that of the gradients of a step. */
  get accumulatedRegion(): string | undefined {
    return this.gradientAccumulation > 1 ? optimizerStateRegion(ACCUMULATED_GRADIENT) : undefined;
  }

  /** Values of a row. */
  get width(): number {
    return this.sources.reduce((width, source) => width + source.width, 0);
  }

  /** A part of the row as a vector. */
  feed(graph: Graph, name: string): Tensor {
    const at = this.sources.findIndex((source) => source.name === name);
    const before = this.sources.slice(0, at).reduce((width, source) => width + source.width, 0);
    return graph.leaf([this.sources[at]!.width], 'float32', { region: FEEDS, byteOffset: 4 * before });
  }

  /** The learning rate of the step, a scalar. */
  rate(graph: Graph): Tensor {
    return this.feed(graph, RATE).reshape([]);
  }

  /** Hyper-parameters of a group: 0 has the parameters that no group matches. */
  hyper(graph: Graph, group: number): Tensor {
    return this.feed(graph, groupFeed(group));
  }

  /** Standard deviation of the noise on the gradients. */
  noise(graph: Graph): Tensor {
    return this.feed(graph, NOISE).reshape([]);
  }

  /** Two scalars: 0 at the first batch of an update, and 1 at the last. */
  accumulation(graph: Graph): { isContinued: Tensor; isLast: Tensor } {
    const { placement } = (this.feed(graph, ACCUMULATION) as Tensor<'leaf'>).attributes;
    const scalar = (i: number) => graph.leaf([], 'float32', { ...placement, byteOffset: placement.byteOffset + 4 * i });
    return { isContinued: scalar(0), isLast: scalar(1) };
  }

  /** Updates made after so many steps. */
  updatesAfter(steps: number): number {
    return Math.floor(steps / this.gradientAccumulation);
  }

  /** Rows of `count` steps from step `first` on, one after the other. */
  rows(first: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.row(first + i)).flat();
  }

  private row(step: number): number[] {
    const { learningRate, name } = this.optimizer;
    const update = this.updatesAfter(step);
    const scheduled = typeof learningRate === 'number' ? learningRate : learningRate(update);
    const rate = checkLearningRate(`the schedule of ${name} at step ${update}`, scheduled) * this.learningRateFactor;
    return this.sources.flatMap((source) => source.row({ step, update, rate }));
  }

  private accumulationSource(): FeedSource[] {
    const batches = this.gradientAccumulation;
    if (batches === 1) return [];
    const row = ({ step }: FeedTime) => [Number(step % batches > 0), Number(step % batches === batches - 1)];
    return [{ name: ACCUMULATION, width: 2, row }];
  }
}

function groupSources(optimizer: Optimizer): FeedSource[] {
  const groups = [{ optimizer, learningRateFactor: 1 }, ...optimizer.groups];
  return groups.map((group, i) => ({
    name: groupFeed(i),
    width: group.optimizer.hyper(1, 0).length,
    row: ({ update, rate }) => group.optimizer.hyper(update + 1, rate * group.learningRateFactor),
  }));
}

function noiseSource({ gradientNoise }: Optimizer): FeedSource[] {
  if (!gradientNoise) return [];
  const { stddev, decay } = gradientNoise;
  return [{ name: NOISE, width: 1, row: ({ update }) => [stddev * exp((-decay / 2) * log(1 + update))] }];
}
