// The second half of a training step: gradients of all parameters, clipping, noise, and the optimiser's update.

import { differentiate } from '../graph/differentiate.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import type { Clipping, Optimizer, UpdateContext } from '../optimizers/optimizer.js';
import {
  GRADIENTS,
  optimizerStateRegion,
  PARAMETERS,
  type ParameterLayout,
  type ParameterSegment,
} from './parameters.js';
import type { Training } from './training.js';

/** Computes all gradients into their flat vector, and halts the step where one of them is not finite. */
export function traceGradients(
  graph: Graph,
  store: ParameterLayout,
  leaves: ReadonlyMap<string, Tensor>,
  loss: Tensor,
): void {
  const used = store.trainable.flatMap(({ path }) => leaves.get(path) ?? []);
  const gradients = new Map(differentiate(loss, used).map((gradient, i) => [used[i]!, gradient]));
  for (const { path, shape } of store.trainable) {
    const leaf = leaves.get(path);
    const gradient = (leaf && gradients.get(leaf)) ?? graph.constant(0).broadcastTo(shape);
    graph.output(gradient, store.placement(GRADIENTS, path));
  }
  graph.withScope('gradients', () => graph.emit('checkFinite', [flat(graph, store, GRADIENTS)], {}));
}

/** Adds the gradients to their mean over the batches of an update. Before the last of them the step ends here. */
export function traceAccumulation(graph: Graph, store: ParameterLayout, training: Training): void {
  const region = training.accumulatedRegion;
  if (region === undefined) return;
  const { isContinued, isLast } = training.accumulation(graph);
  const mean = flat(graph, store, region);
  const share = flat(graph, store, GRADIENTS).mul(1 / training.gradientAccumulation);
  graph.emit('assign', [mean, isContinued.where(mean, 0).add(share)], {});
  graph.emit('endStepUnless', [isLast], {});
}

/** Neighbours in the flat vectors that one update can do. */
interface UpdateRun {
  /** 0: no group matches. */
  group: number;
  optimizer: Optimizer;
  offset: number;
  length: number;
}

/** The group that a parameter is in, counted from 1, or 0. */
const groupOf = (optimizer: Optimizer, path: string): number =>
  optimizer.groups.findIndex((group) => group.matches(path)) + 1;

/** What a parameter's learning rate is multiplied by. */
export const rateFactorOf = (optimizer: Optimizer, path: string): number =>
  optimizer.groups[groupOf(optimizer, path) - 1]?.learningRateFactor ?? 1;

function updateRuns(segments: readonly ParameterSegment[], optimizer: Optimizer): UpdateRun[] {
  const runs: UpdateRun[] = [];
  for (const { path, offset, size } of segments) {
    const group = groupOf(optimizer, path);
    const own = optimizer.groups[group - 1]?.optimizer ?? optimizer;
    const last = runs.at(-1);
    const isAlone = own.isPerTensor === true || own.clipping.clipNorm !== undefined;
    // Padding between segments holds zeros in all vectors.
    if (last?.group === group && !isAlone) last.length = offset + size - last.offset;
    else runs.push({ group, optimizer: own, offset, length: size });
  }
  return runs;
}

/** Updates all weights. Returns what is to be traced once they are final. */
export function traceUpdate(graph: Graph, store: ParameterLayout, training: Training): () => void {
  const isFinal = store.trainable.every(({ regularizer, constraint }) => !regularizer?.proximal && !constraint);
  const { optimizer } = training;
  const gradients = training.accumulatedRegion ?? GRADIENTS;
  const { globalClipNorm } = optimizer.clipping;
  const globalScale =
    globalClipNorm === undefined ? graph.constant(1) : normFactor(flat(graph, store, gradients), globalClipNorm);
  const updates = updateRuns(store.trainable, optimizer).map((run) => {
    const vector = (region: string) => graph.leaf([run.length], 'float32', { region, byteOffset: 4 * run.offset });
    const limited = limitGradients(vector(gradients), globalScale, run.optimizer.clipping);
    const context: UpdateContext = {
      weights: vector(PARAMETERS),
      ...(optimizer.gradientNoise ? addNoise(limited, training.noise(graph)) : limited),
      hyper: training.hyper(graph, run.group),
      states: run.optimizer.states.map((name) => vector(optimizerStateRegion(name))),
      isFinal,
    };
    return { run, context };
  });
  graph.withScope(optimizer.name, () => updates.forEach(({ run, context }) => run.optimizer.update(context)));
  return () =>
    graph.withScope(optimizer.name, () => updates.forEach(({ run, context }) => run.optimizer.finish?.(context)));
}

const flat = (graph: Graph, store: ParameterLayout, region: string): Tensor =>
  graph.leaf([store.trainableLength], 'float32', { region, byteOffset: 0 });

type Limited = Pick<UpdateContext, 'gradients' | 'gradientScale'>;

function limitGradients(gradients: Tensor, globalScale: Tensor, { clipValue, clipNorm }: Clipping): Limited {
  if (clipValue !== undefined) return { gradients: gradients.clip(-clipValue, clipValue), gradientScale: globalScale };
  if (clipNorm !== undefined) return { gradients, gradientScale: normFactor(gradients, clipNorm) };
  return { gradients, gradientScale: globalScale };
}

/** min(1, limit / norm). 1 for a norm of 0. */
const normFactor = (gradients: Tensor, limit: number): Tensor =>
  gradients.graph.constant(limit).div(gradients.sumOfSquares().sqrt()).minimum(1);

/** Noise on what is left after clipping. */
function addNoise({ gradients, gradientScale }: Limited, stddev: Tensor): Limited {
  const { graph } = gradients;
  const noise = graph.randomNormal(gradients.shape).mul(stddev);
  return { gradients: gradients.mul(gradientScale).add(noise), gradientScale: graph.constant(1) };
}
