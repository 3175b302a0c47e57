// What the gradients and activations of a model are on one batch: traced beside the model, reduced in the core to a few
// numbers a layer. Activations are found in the trace by their operations, so those of nested and custom layers count too.

import { evaluateFunction, type FunctionalArray } from '../functional/functional.js';
import { differentiate } from '../graph/differentiate.js';
import type { Tensor } from '../graph/tensor.js';
import type { SymbolicTensor } from '../layers/layer.js';
import type { PreparedData } from '../model/dataset.js';
import type { Network } from '../model/network.js';
import type { TrainerParts } from '../model/trainer.js';
import { arraysOf, traceLoss } from './tracedModel.js';

/** Figures of one layer on the probe batch; undefined where the layer has no such thing. */
export interface LayerProbe {
  layer: string;
  /** Norm of the gradient of all its trained parameters; of the loss of the data, without penalties. */
  gradientNorm: number | undefined;
  /** Norm of the gradient that reaches its output, as a share of that which leaves the layers before the outputs. */
  flow: number | undefined;
  /** Share of its ReLU units that give 0 for every sample and position. */
  deadShare: number | undefined;
  /** Share of the values of its sigmoid and tanh units that are saturated. */
  saturatedShare: number | undefined;
}

/** |tanh x|, or |2 sigmoid x - 1|, beyond which a unit is saturated: its slope is below 4 % of the largest, 1 - 0.98² = 0.0396. */
const SATURATED = 0.98;

/** Layers that the outputs come from: behind them gradients are those of the loss, and no flow through layers. */
interface Heads {
  /** The last layers with parameters that are trained. */
  heads: ReadonlySet<string>;
  /** They, and the layers behind them. */
  behind: ReadonlySet<string>;
}

/** Measures a model on one batch in training mode, without dropout and noise. Changes nothing. */
export function probeGradients(parts: TrainerParts, data: PreparedData): LayerProbe[] {
  const { network, store } = parts;
  const { heads, behind } = findHeads(network);
  const layers = network.layers.map(({ name }) => name);
  const results = evaluateFunction(
    (leaves, graph) => {
      const ends = new Map<string, { inputs: readonly Tensor[]; output: Tensor }>();
      const onLayer = (name: string, inputs: readonly Tensor[], [output]: readonly Tensor[]) =>
        void ends.set(name, { inputs, output: output! });
      const { loss, outputs } = traceLoss(parts, graph, leaves, { stochastic: false, penalties: false, onLayer });
      const activations = [...graph.tensors];
      const wanted = new Map<string, Tensor>(store.trainable.map(({ path }) => [`gradient ${path}`, leaves[path]!]));
      for (const [name, { inputs, output }] of ends) {
        if (heads.has(name)) inputs.forEach((input, i) => wanted.set(`reference ${name} ${i}`, input));
        if (!behind.has(name)) wanted.set(`flow ${name}`, output);
      }
      const entries = [...wanted].filter(([, { dtype }]) => dtype === 'float32');
      const gradients = differentiate(
        loss,
        entries.map(([, tensor]) => tensor),
      );
      const found: Record<string, Tensor> = { loss };
      entries.forEach(([name], i) => gradients[i] && (found[name] = traceNorm(gradients[i])));
      activations.forEach((tensor) => {
        const measured = outputs.includes(tensor) ? undefined : traceActivity(tensor);
        const layer = ownerOf(layers, tensor.scope);
        if (measured && layer !== undefined) found[`${tensor.op} ${layer} ${tensor.id}`] = measured;
      });
      return found;
    },
    arraysOf(parts, data),
  );
  return readProbe(parts, results);
}

/** The largest size, and the sum of the squares as shares of it: a norm that neither overflows nor vanishes in float32. */
function traceNorm(gradient: Tensor): Tensor {
  const peak = gradient.abs().max();
  const squares = gradient.div(peak.equal(0).where(1, peak)).sumOfSquares();
  return peak.reshape([1]).concat([squares.reshape([1])]);
}

const readNorm = ({ data: [peak, squares] }: FunctionalArray): number => peak! * Math.sqrt(squares!);

/** The largest value of each ReLU unit, or which share of a sigmoid's or tanh's values is saturated. */
function traceActivity(tensor: Tensor): Tensor | undefined {
  const { op, rank, inputs } = tensor;
  if (op === 'relu' && rank >= 2) return tensor.max({ axis: tensor.shape.slice(0, -1).map((_, axis) => axis) });
  const isMish = inputs[0]?.op === 'softplus';
  if (op !== 'sigmoid' && (op !== 'tanh' || isMish)) return undefined;
  const centred = op === 'sigmoid' ? tensor.affine(2, -1) : tensor;
  const share = centred.abs().greater(SATURATED).mean();
  return share.reshape([1]).concat([tensor.graph.constant(tensor.size).reshape([1])]);
}

/** The layer of the model in whose scope, or in that of a layer inside it, something was traced. */
const ownerOf = (layers: readonly string[], scope: string): string | undefined =>
  layers.find((name) => scope === name || scope.startsWith(`${name}/`));

/** Walks back from the outputs to the first layers that are trained. */
function findHeads({ layers, outputs }: Network): Heads {
  const heads = new Set<string>();
  const behind = new Set<string>();
  const visit = ({ producer }: SymbolicTensor): void => {
    if (!producer) return;
    const { name } = layers.find(({ layer }) => layer === producer.layer)!;
    behind.add(name);
    if (producer.layer.parameters.some(({ trainable = true }) => trainable)) heads.add(name);
    else producer.inputs.forEach(visit);
  };
  outputs.forEach(visit);
  return { heads, behind };
}

/** The square root of the sum of squares; undefined of nothing. */
export const joinNorms = (norms: readonly number[]): number | undefined =>
  norms.length ? Math.sqrt(norms.reduce((sum, norm) => sum + norm * norm, 0)) : undefined;

function readProbe({ network, store }: TrainerParts, results: Readonly<Record<string, FunctionalArray>>): LayerProbe[] {
  const entries = Object.entries(results);
  const startingWith = (prefix: string) => entries.filter(([name]) => name.startsWith(prefix));
  const references = startingWith('reference ').map(([, array]) => readNorm(array));
  const reference = Math.max(0, ...references);
  return network.layers.map(({ name: layer }) => {
    const trained = store.trainable.filter(({ path }) => path.startsWith(`${layer}/`));
    const norms = trained.map(({ path }) => {
      const norm = results[`gradient ${path}`];
      return norm ? readNorm(norm) : 0;
    });
    const through = results[`flow ${layer}`];
    const flow = through && !(reference === 0) ? readNorm(through) / reference : undefined;
    const peaks = startingWith(`relu ${layer} `).flatMap(([, { data }]) => [...data]);
    const deadShare = peaks.length ? peaks.filter((peak) => peak === 0).length / peaks.length : undefined;
    const saturated = [...startingWith(`sigmoid ${layer} `), ...startingWith(`tanh ${layer} `)];
    return { layer, gradientNorm: joinNorms(norms), flow, deadShare, saturatedShare: meanShare(saturated) };
  });
}

/** The mean of shares, each weighted with the number of values that it is of. */
function meanShare(shares: readonly (readonly [string, FunctionalArray])[]): number | undefined {
  const count = shares.reduce((sum, [, { data }]) => sum + data[1]!, 0);
  if (count === 0) return undefined;
  return shares.reduce((sum, [, { data }]) => sum + data[0]! * data[1]!, 0) / count;
}
