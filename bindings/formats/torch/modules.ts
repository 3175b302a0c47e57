// Weights of PyTorch's modules in our layouts: one function for each module. Pure rearrangement; no value is changed but for
// the two biases of a recurrent layer, which add up where ours has one.

import { formatShape, sizeOf, type Shape } from '../../graph/shape.js';
import { ShapeError } from '../../runtime/errors.js';

/** A tensor of a state dict, row-major. */
export interface TorchTensor {
  data: ArrayLike<number>;
  shape: Shape;
}

/** The tensors of one module by their name in it, such as `weight` and `bias`. */
export type TorchModule = Readonly<Record<string, TorchTensor>>;

/** Our parameters by name, each with its shape. */
export type OwnParameters = Record<string, { data: Float32Array; shape: Shape }>;

/** The tensor with its axes in another order. */
export function permuted({ data, shape }: TorchTensor, order: readonly number[]): { data: Float32Array; shape: Shape } {
  const sides = order.map((axis) => shape[axis]!);
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result = new Float32Array(sizeOf(shape));
  const at = sides.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = data[order.reduce((sum, axis, k) => sum + at[k]! * steps[axis]!, 0)]!;
    for (let k = sides.length - 1; k >= 0 && ++at[k]! === sides[k]; k--) at[k] = 0;
  }
  return { data: result, shape: sides };
}

const asItIs = ({ data, shape }: TorchTensor) => ({ data: Float32Array.from(data), shape });

/** A tensor of the module with so many axes. */
function take(where: string, module: TorchModule, name: string, rank: number): TorchTensor {
  const tensor = Object.hasOwn(module, name) ? module[name]! : undefined;
  if (tensor?.shape.length === rank && tensor.data.length === sizeOf(tensor.shape)) return tensor;
  const got = tensor ? `${formatShape(tensor.shape)} of ${tensor.data.length} values` : Object.keys(module).join(', ');
  throw new ShapeError(`${where}: expected the tensor ${name} with ${rank} axes, got ${got}.`);
}

const bias = (where: string, module: TorchModule): OwnParameters =>
  'bias' in module ? { bias: asItIs(take(where, module, 'bias', 1)) } : {};

/**
 * `nn.Linear`: weight [out, in] to kernel [in, out].
 *
 * @param flattened Shape [height, width, channels] or [steps, channels] of a sample in front of the flatten layer before it: PyTorch
 * flattens it with the channels first, so the rows of the kernel are put in our order.
 */
export function linear(module: TorchModule, flattened?: Shape): OwnParameters {
  const weight = take('linear', module, 'weight', 2);
  const [outputs, inputs] = weight.shape as [number, number];
  if (!flattened) return { kernel: permuted(weight, [1, 0]), ...bias('linear', module) };
  if (sizeOf(flattened) !== inputs) {
    throw new ShapeError(
      `linear: weight ${formatShape(weight.shape)} does not fit a flattened ${formatShape(flattened)}.`,
    );
  }
  const sides = flattened.slice(0, -1);
  const channels = flattened.at(-1)!;
  const apart = { data: weight.data, shape: [outputs, channels, ...sides] };
  const spatial = sides.map((_, i) => i + 2);
  const { data } = permuted(apart, [...spatial, 1, 0]);
  return { kernel: { data, shape: [inputs, outputs] }, ...bias('linear', module) };
}

/** Axes of a kernel [out, in, ...sizes] as [...sizes, in, out]. */
const channelsLast = (rank: number): number[] => [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0];

function convolution(where: string, module: TorchModule, rank: number, name = 'kernel'): OwnParameters {
  return { [name]: permuted(take(where, module, 'weight', rank), channelsLast(rank)), ...bias(where, module) };
}

/** `nn.Conv1d`: weight [out, in / groups, k] to kernel [k, in / groups, out]. */
export const conv1d = (module: TorchModule): OwnParameters => convolution('conv1d', module, 3);

/** `nn.Conv2d`: weight [out, in / groups, kh, kw] to kernel [kh, kw, in / groups, out]. */
export const conv2d = (module: TorchModule): OwnParameters => convolution('conv2d', module, 4);

/** `nn.Conv1d` with groups = in: weight [in multiplier, 1, k] to depthwiseKernel [k, 1, in multiplier]. */
export const depthwiseConv1d = (module: TorchModule): OwnParameters =>
  convolution('depthwiseConv1d', module, 3, 'depthwiseKernel');

/** `nn.Conv2d` with groups = in: weight [in multiplier, 1, kh, kw] to depthwiseKernel [kh, kw, 1, in multiplier]. */
export const depthwiseConv2d = (module: TorchModule): OwnParameters =>
  convolution('depthwiseConv2d', module, 4, 'depthwiseKernel');

/** `nn.ConvTranspose1d`: weight [in, out, k] to kernel [k, out, in]. */
export const convTranspose1d = (module: TorchModule): OwnParameters => convolution('convTranspose1d', module, 3);

/** `nn.ConvTranspose2d`: weight [in, out, kh, kw] to kernel [kh, kw, out, in]. */
export const convTranspose2d = (module: TorchModule): OwnParameters => convolution('convTranspose2d', module, 4);

/** `nn.BatchNorm1d`, `nn.BatchNorm2d`: weight, bias, running_mean, running_var to gamma, beta, movingMean, movingVariance. */
export function batchNorm(module: TorchModule): OwnParameters {
  const moments = {
    movingMean: asItIs(take('batchNorm', module, 'running_mean', 1)),
    movingVariance: asItIs(take('batchNorm', module, 'running_var', 1)),
  };
  return { ...affine('batchNorm', module, 1), ...moments };
}

function affine(where: string, module: TorchModule, rank: number): OwnParameters {
  return {
    ...('weight' in module && { gamma: asItIs(take(where, module, 'weight', rank)) }),
    ...('bias' in module && { beta: asItIs(take(where, module, 'bias', rank)) }),
  };
}

/** `nn.LayerNorm`: weight, bias to gamma, beta. */
export const layerNorm = (module: TorchModule): OwnParameters =>
  affine('layerNorm', module, (module.weight ?? module.bias)?.shape.length ?? 1);

/** `nn.GroupNorm`: weight, bias to gamma, beta. */
export const groupNorm = (module: TorchModule): OwnParameters => affine('groupNorm', module, 1);

/** `nn.Embedding`: weight [n, width] to embeddings, as it is. */
export const embedding = (module: TorchModule): OwnParameters => ({
  embeddings: asItIs(take('embedding', module, 'weight', 2)),
});

/** `nn.PReLU`: weight [channels] to alpha. */
export const prelu = (module: TorchModule): OwnParameters => ({ alpha: asItIs(take('prelu', module, 'weight', 1)) });

/** Which block of rows of PyTorch's stands at each place of ours. */
const GATES = {
  /** One. */
  rnn: [0],
  /** Ours i, f, g, o are PyTorch's. */
  lstm: [0, 1, 2, 3],
  /** Ours z, r, h; PyTorch's r, z, n. */
  gru: [1, 0, 2],
} as const;

/** Rows [gates units, columns] in our order of gates. */
function inOrder({ data, shape }: TorchTensor, order: readonly number[]): TorchTensor {
  const block = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    for (let i = 0; i < block; i++) result[to * block + i] = data[from * block + i]!;
  });
  return { data: result, shape };
}

/** One layer of a recurrent module in one direction: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`. */
function recurrent(cell: keyof typeof GATES, module: TorchModule, level: number, isReverse: boolean): OwnParameters {
  const suffix = `_l${level}${isReverse ? '_reverse' : ''}`;
  const order = GATES[cell];
  const read = (name: string, rank: number) => inOrder(take(cell, module, name + suffix, rank), order);
  const kernels = {
    kernel: permuted(read('weight_ih', 2), [1, 0]),
    recurrentKernel: permuted(read('weight_hh', 2), [1, 0]),
  };
  if (!(`bias_ih${suffix}` in module)) return kernels;
  const [input, state] = [read('bias_ih', 1), read('bias_hh', 1)];
  const columns = input.data.length;
  // The reset gate acts on the recurrent bias of a gru, which therefore stays apart.
  if (cell === 'gru') {
    const both = Float32Array.from({ length: 2 * columns }, (_, i) =>
      i < columns ? input.data[i]! : state.data[i - columns]!,
    );
    return { ...kernels, bias: { data: both, shape: [2, columns] } };
  }
  const sum = Float32Array.from({ length: columns }, (_, i) => input.data[i]! + state.data[i]!);
  return { ...kernels, bias: { data: sum, shape: [columns] } };
}

const recurrence =
  (cell: keyof typeof GATES) =>
  (module: TorchModule, level = 0): OwnParameters => {
    if (!(`weight_ih_l${level}_reverse` in module)) return recurrent(cell, module, level, false);
    const sides = { forward: recurrent(cell, module, level, false), backward: recurrent(cell, module, level, true) };
    return Object.fromEntries(
      Object.entries(sides).flatMap(([side, own]) =>
        Object.entries(own).map(([name, value]) => [`${side}_${name}`, value]),
      ),
    );
  };

/** `nn.RNN` with tanh: kernels transposed, both biases added up. With `_reverse` tensors, those of a bidirectional layer. */
export const rnn = recurrence('rnn');

/** `nn.LSTM`: kernels transposed, gates i, f, g, o as they are, both biases added up. Bidirectional as `rnn`. */
export const lstm = recurrence('lstm');

/** `nn.GRU`: kernels transposed, gates r, z, n to z, r, h, the biases as the rows of [2, 3 units]: `resetAfter`. */
export const gru = recurrence('gru');

/** `nn.MultiheadAttention`: in_proj [3 width, width] to query, key and value kernels, all transposed, and out_proj. */
export function multiheadAttention(module: TorchModule): OwnParameters {
  const where = 'multiheadAttention';
  const output = take(where, module, 'out_proj.weight', 2);
  const width = output.shape[1]!;
  const part = (i: number, name: string): TorchTensor => {
    if (!('in_proj_weight' in module)) return take(where, module, `${name}_proj_weight`, 2);
    const { data } = take(where, module, 'in_proj_weight', 2);
    const size = data.length / 3;
    return { data: Array.prototype.slice.call(data, i * size, (i + 1) * size), shape: [width, size / width] };
  };
  const names = [
    ['query', 'q'],
    ['key', 'k'],
    ['value', 'v'],
  ] as const;
  const kernels = names.map(([own, name], i) => [`${own}Kernel`, permuted(part(i, name), [1, 0])] as const);
  const result = { ...Object.fromEntries(kernels), outputKernel: permuted(output, [1, 0]) };
  if (!('in_proj_bias' in module)) return result;
  const biases = take(where, module, 'in_proj_bias', 1).data;
  const biasOf = (i: number) => ({
    data: Float32Array.from({ length: width }, (_, k) => biases[i * width + k]!),
    shape: [width],
  });
  return {
    ...result,
    ...Object.fromEntries(names.map(([own], i) => [`${own}Bias`, biasOf(i)])),
    outputBias: asItIs(take(where, module, 'out_proj.bias', 1)),
  };
}
