// ONNX's recurrent operators: time first, weights [directions, gates units, ...], gates in another order than ours.

import { bidirectional } from '../../../layers/recurrent/bidirectional.js';
import { gru } from '../../../layers/recurrent/gru.js';
import { lstm } from '../../../layers/recurrent/lstm.js';
import { simpleRNN } from '../../../layers/recurrent/simpleRNN.js';
import type { AnyLayer, SymbolicTensor } from '../../../layers/layer.js';
import { concat } from '../../../layers/merging.js';
import { transposeValues } from '../axes.js';
import { CELL_ACTIVATIONS } from '../out/activations.js';
import { CELLS } from '../out/recurrent.js';
import type { NodeReader, Operator } from './reader.js';
import { reversed, stretched } from './select.js';
import { dimsOf, type Entry } from './values.js';

const KINDS: Readonly<Record<string, 'simpleRNN' | 'lstm' | 'gru'>> = { RNN: 'simpleRNN', LSTM: 'lstm', GRU: 'gru' };
const MAKERS = { simpleRNN, lstm, gru } as unknown as Record<string, (units: number, options: object) => AnyLayer>;
const USUAL: Readonly<Record<string, readonly string[]>> = {
  RNN: ['Tanh'],
  LSTM: ['Sigmoid', 'Tanh', 'Tanh'],
  GRU: ['Sigmoid', 'Tanh'],
};
/** Other activations than the usual run step by step. */
const MAXIMUM_STEPS = 1024;

/** [gates units, columns] as [columns, gates units], the gates in our order. */
function gatesLast(values: Float32Array, rows: number, columns: number, gates: readonly number[]): Float32Array {
  const units = rows / gates.length;
  const ours = new Float32Array(values.length);
  gates.forEach((gate, i) => {
    ours.set(values.subarray(i * units * columns, (i + 1) * units * columns), gate * units * columns);
  });
  return transposeValues(ours, [rows, columns], [1, 0]);
}

/** The weights of one direction. */
function weightsOf(n: NodeReader, direction: number, units: number, resetAfter: boolean): Record<string, Float32Array> {
  const { opType } = n.node;
  const { gates } = CELLS[KINDS[opType]!]!;
  const rows = gates.length * units;
  const part = (index: number, columns: number, what: string, dims: readonly number[]) => {
    const { values } = n.weights(index, dims, what);
    return values.subarray(direction * rows * columns, (direction + 1) * rows * columns);
  };
  const features = n.weights(1, [-1, rows, -1], 'a kernel').dims[2]!;
  const kernel = gatesLast(part(1, features, 'a kernel', [-1, rows, features]), rows, features, gates);
  const recurrentKernel = gatesLast(part(2, units, 'a recurrent kernel', [-1, rows, units]), rows, units, gates);
  if (!n.has(3)) return { kernel, recurrentKernel };
  const both = n.weights(3, [-1, 2 * rows], 'biases').values.subarray(2 * direction * rows, 2 * (direction + 1) * rows);
  const [first, second] = [both.subarray(0, rows), both.subarray(rows)].map((bias) =>
    gatesLast(bias, rows, 1, gates),
  ) as [Float32Array, Float32Array];
  if (opType === 'GRU' && resetAfter) {
    const bias = new Float32Array(2 * rows);
    bias.set(first);
    bias.set(second, rows);
    return { kernel, recurrentKernel, bias };
  }
  return { kernel, recurrentKernel, bias: first.map((value, i) => value + second[i]!) };
}

/** Names of the activations of a direction, as ours. */
function activationsOf(n: NodeReader, directions: number, steps: number): Record<string, string> {
  const { opType } = n.node;
  const usual = USUAL[opType]!;
  const given = n.node.attributes.get('activations') as unknown as readonly string[] | undefined;
  if (given === undefined) return {};
  const wanted = Array.from({ length: directions }, () => usual).flat().length;
  if (!Array.isArray(given) || given.length !== wanted) n.fail(`${wanted} activations`, String(given));
  const lower = (name: string) => {
    const found = Object.entries(CELL_ACTIVATIONS).find(([, theirs]) => theirs.toLowerCase() === name.toLowerCase());
    return found?.[0] ?? n.fail(`activations ${Object.values(CELL_ACTIVATIONS).join(', ')}`, `'${name}'`);
  };
  const names = given.map(lower);
  const perDirection = names.slice(0, usual.length);
  const isOne = names.every((name, i) => name === perDirection[i % usual.length]);
  const [gate, cell, hidden = cell] = opType === 'RNN' ? [undefined, perDirection[0]!] : perDirection;
  if (!isOne || cell !== hidden)
    n.fail('the same activations for cell and output, and in both directions', given.join(', '));
  if (String(perDirection) !== String(usual.map((name) => lower(name))) && steps > MAXIMUM_STEPS) {
    n.fail(`at most ${MAXIMUM_STEPS} steps with these activations`, `${steps}`);
  }
  return { activation: cell, ...(gate !== undefined && { recurrentActivation: gate }) };
}

function check(n: NodeReader): void {
  if (n.has(4)) n.fail('sequences of one length', "input 'sequence_lens'");
  if (n.has(7)) n.fail('no peepholes', "input 'P'");
  if (n.int('layout', 0) !== 0) n.fail("attribute 'layout' of 0", '1');
  if (n.int('input_forget', 0) !== 0) n.fail("attribute 'input_forget' of 0", '1');
}

/** First states that are not zeros: each direction's h, and c. */
function statesOf(n: NodeReader, directions: number, hasCell: boolean): SymbolicTensor[] {
  const indices = hasCell ? [5, 6] : [5];
  const given = indices.filter((index) => n.has(index) && n.entry(index).kind !== 'fill');
  const zero = (index: number) => {
    const entry = n.entry(index);
    return entry.kind === 'stored' && n.floats(index).values.every((value) => value === 0);
  };
  if (given.length === 0 || given.every(zero)) return [];
  if (given.length !== indices.length) return n.fail('first states of h and c', 'one of them');
  return Array.from({ length: directions }, (_, direction) =>
    given.map((index) => {
      const whole = n.activation(index);
      const one = directions === 1 ? whole : stretched(n, whole, 0, direction, 1);
      const x = n.arranged(one, [1, 0, 2]);
      return n.reshaped(x, [x.shape.at(-1)!]);
    }),
  ).flat();
}

function recurrent(n: NodeReader): (Entry | undefined)[] {
  check(n);
  const { opType, outputs } = n.node;
  const kind = KINDS[opType]!;
  const hasCell = kind === 'lstm';
  const given = n.activation(0);
  if (given.order.length !== 3) n.fail('sequences: rank 3', `rank ${given.order.length}`);
  const x = n.arranged(given, [1, 0, 2]);
  const direction = n.text('direction', 'forward', ['forward', 'reverse', 'bidirectional']);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const units = n.int('hidden_size', n.weights(2, [-1, -1, -1], 'a recurrent kernel').dims[2]!);
  if (units < 1 || n.weights(1, [directions, -1, dimsOf(given)[2]!], 'a kernel').dims[1]! < units)
    n.fail('units', `${units}`);
  n.weights(2, [directions, -1, units], 'a recurrent kernel');
  const resetAfter = n.int('linear_before_reset', 0) !== 0;
  const wanted = [outputs[0], outputs[1], outputs[2]].map((name) => n.reader.isUsed(name));
  const returnState = wanted[1]! || wanted[2]!;
  const returnSequences = wanted[0]!;
  const { trainable } = n;
  const options = {
    ...activationsOf(n, directions, x.shape[0]!),
    trainable,
    useBias: n.has(3),
    returnSequences,
    returnState,
    ...(direction === 'reverse' && { goBackwards: true }),
    ...(kind === 'gru' && { resetAfter }),
    ...(hasCell && { unitForgetBias: false }),
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
  } as const;
  const inner = (own: object): AnyLayer => MAKERS[kind]!(units, { ...options, ...own });
  const initial = statesOf(n, directions, hasCell);
  if (directions === 1) {
    const made = n.layers((name) => inner({ name }), [x, ...initial], weightsOf(n, 0, units, resetAfter));
    const sequence = returnSequences ? n.result(made[0]!, [1, -1, 0, 2]) : undefined;
    const aligned = sequence && direction === 'reverse' ? reversed(n, sequence, 1) : sequence;
    const states = returnState ? made.slice(1).map((state) => n.result(state, [-1, 0, 1])) : [];
    return [aligned, states[0], states[1]];
  }
  const both = [0, 1].map((index) => weightsOf(n, index, units, resetAfter));
  const prefixed = Object.fromEntries(
    both.flatMap((weights, i) =>
      Object.entries(weights).map(([name, values]) => [`${i ? 'backward' : 'forward'}_${name}`, values]),
    ),
  );
  const made = n.layers((name) => bidirectional(inner({}), { name, mergeMode: null }), [x, ...initial], prefixed);
  const stack = (a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor => {
    const apart = [a, b].map((part) => n.reshaped(part, [...part.shape.slice(0, -1), 1, units]));
    return n.layer((name) => concat({ axis: -2, name }), apart);
  };
  const sequence = returnSequences ? n.result(stack(made[0]!, made[1]!), [1, 2, 0, 3]) : undefined;
  const states = hasCell ? [0, 1] : [0];
  const count = states.length;
  const stacked = returnState
    ? states.map((state) => n.result(stack(made[2 + state]!, made[2 + count + state]!), [1, 0, 2]))
    : [];
  return [sequence, stacked[0], stacked[1]];
}

const COMMON = ['activations', 'direction', 'hidden_size', 'layout'];

export const recurrentOperators: Readonly<Record<string, Operator>> = {
  RNN: { attributes: COMMON, read: recurrent },
  LSTM: { attributes: [...COMMON, 'input_forget'], read: recurrent },
  GRU: { attributes: [...COMMON, 'linear_before_reset'], read: recurrent },
};
