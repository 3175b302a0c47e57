// Recurrent layers: ONNX's own ops, time first, where they have what is asked for; else a step at a time.

import { transposeValues } from '../axes.js';
import { CELL_ACTIVATIONS, readActivation } from './activations.js';
import { Value, type Attributes, type Builder } from './builder.js';
import type { LayerToWrite, LayerWriter, NestedLayer } from './call.js';
import { step, type Steps } from './steps.js';

/** Our gates in ONNX's order. */
export const CELLS: Readonly<Record<string, { opType: string; gates: readonly number[]; states: 1 | 2 }>> = {
  simpleRNN: { opType: 'RNN', gates: [0], states: 1 },
  lstm: { opType: 'LSTM', gates: [0, 3, 1, 2], states: 2 },
  gru: { opType: 'GRU', gates: [0, 1, 2], states: 1 },
};

/** [rows, gates units] as [gates units, rows], the gates in another order. */
function gatesFirst(values: Float32Array, rows: number, columns: number, gates: readonly number[]): Float32Array {
  const units = columns / gates.length;
  const turned = transposeValues(values, [rows, columns], [1, 0]);
  const result = new Float32Array(values.length);
  gates.forEach((gate, i) => {
    result.set(turned.subarray(gate * units * rows, (gate + 1) * units * rows), i * units * rows);
  });
  return result;
}

/** The biases of the input, then those of the recurrence, gates in ONNX's order. */
function biases(call: LayerToWrite, prefix: string, gates: readonly number[]): Float32Array {
  const { shape, values } = call.weight(`${prefix}bias`);
  const columns = shape.at(-1)!;
  const both = new Float32Array(2 * columns);
  for (let row = 0; row < values.length / columns; row++) {
    both.set(gatesFirst(values.subarray(row * columns, (row + 1) * columns), 1, columns, gates), row * columns);
  }
  return both;
}

/** The weights of one direction, or of both one behind the other, as ONNX has them. */
function weightsOf(call: LayerToWrite, kind: string, prefixes: readonly string[]): string[] {
  const { builder, weight, has } = call;
  const { gates } = CELLS[kind]!;
  const join = (name: string, shape: readonly number[], make: (prefix: string) => Float32Array) => {
    const paths = prefixes.map((prefix) => weight(`${prefix}${name}`).path);
    return builder.weights(paths.join('+'), [prefixes.length, ...shape], () => {
      const parts = prefixes.map(make);
      const whole = new Float32Array(parts.length * parts[0]!.length);
      parts.forEach((part, i) => whole.set(part, i * part.length));
      return whole;
    });
  };
  const matrix = (name: string): string => {
    const [rows, columns] = weight(`${prefixes[0]!}${name}`).shape as [number, number];
    return join(name, [columns, rows], (prefix) => gatesFirst(weight(`${prefix}${name}`).values, rows, columns, gates));
  };
  const matrices = [matrix('kernel'), matrix('recurrentKernel')];
  if (!has(`${prefixes[0]!}bias`)) return matrices;
  const columns = weight(`${prefixes[0]!}kernel`).shape[1]!;
  return [...matrices, join('bias', [2 * columns], (prefix) => biases(call, prefix, gates))];
}

/** Whether ONNX's op does what the configuration says; a mask or an activation with parameters it has not. */
function isStandard(kind: string, config: NestedLayer['config'], mask: string | undefined): boolean {
  const options = [config!.activation, ...(kind === 'simpleRNN' ? [] : [config!.recurrentActivation])];
  return mask === undefined && options.every((option) => Object.hasOwn(CELL_ACTIVATIONS, readActivation(option)!.name));
}

interface Run {
  /** Sequence and last states of one direction. */
  sequence: Value;
  states: Value[];
}

/** Runs one of ONNX's ops over one direction or two. */
function runOp(call: LayerToWrite, inner: NestedLayer, prefixes: readonly string[], initial: readonly Value[]): Run[] {
  const { builder, inputs } = call;
  const config = inner.config!;
  const { opType, states } = CELLS[inner.kind]!;
  const [steps, units] = [inputs[0]!.shape[0]!, config.units as number];
  const directions = prefixes.length;
  const kind = (option: unknown) => CELL_ACTIVATIONS[readActivation(option)!.name]!;
  const own = [kind(config.activation)];
  const activations = opType === 'RNN' ? own : [kind(config.recurrentActivation), ...own, ...(states === 2 ? own : [])];
  const isUsual = opType === 'RNN' ? own[0] === 'Tanh' : activations[0] === 'Sigmoid' && own[0] === 'Tanh';
  const attributes: Attributes = {
    hidden_size: units,
    direction: directions === 2 ? 'bidirectional' : config.goBackwards === true ? 'reverse' : 'forward',
    ...(opType === 'GRU' && { linear_before_reset: Number(config.resetAfter === true) }),
  };
  const weights = weightsOf(call, inner.kind, prefixes);
  const given = initialStates(builder, initial, states);
  const operands = [builder.in(inputs[0]!, [1, 0, 2]), ...weights, ...(given.length && weights.length < 3 ? [''] : [])];
  const lists: Attributes = isUsual ? {} : { activations: prefixes.flatMap(() => activations) };
  const outputs = builder.ops(
    opType,
    [...operands, ...(given.length ? ['', ...given] : [])],
    { ...attributes, ...lists },
    Array.from({ length: 1 + states }, () => true),
  );
  return prefixes.map((_, direction) => {
    const of = (name: string, axis: number) =>
      directions === 1
        ? name
        : builder.op('Slice', [name, builder.ints([direction]), builder.ints([direction + 1]), builder.ints([axis])]);
    const squeezed = (name: string, axis: number) => builder.op('Squeeze', [of(name, axis), builder.ints([axis])]);
    return {
      sequence: new Value([steps, units], { order: [1, 0, 2], name: squeezed(outputs[0]!, 1) }),
      states: outputs.slice(1).map((name) => builder.value(squeezed(name, 0), [units])),
    };
  });
}

/** The first states as [directions, batch, units], h and then c. */
function initialStates(builder: Builder, initial: readonly Value[], states: number): string[] {
  if (initial.length === 0) return [];
  return Array.from({ length: states }, (_, state) => {
    const parts = initial.filter((_, i) => i % states === state);
    const stacked = parts.map((part) => builder.op('Unsqueeze', [builder.plain(part), builder.ints([0])]));
    return stacked.length === 1 ? stacked[0]! : builder.op('Concat', stacked, { axis: 0 });
  });
}

/** Steps last to first. */
const reversed = (builder: Builder, sequence: Value): Value => {
  const { order, name } = sequence.first;
  const axis = order.indexOf(1);
  const operands = [[-1], [-(2 ** 31)], [axis], [-1]].map((list) => builder.ints(list));
  return new Value(sequence.shape, { order, name: builder.op('Slice', [name, ...operands]) });
};

/** One direction, a step at a time. */
function runSteps(
  call: LayerToWrite,
  inner: NestedLayer,
  prefix: string,
  initial: readonly Value[],
  isReversed: boolean,
): Run {
  const { builder, inputs, mask } = call;
  const config = inner.config!;
  const count = inputs[0]!.shape[0]!;
  const units = config.units as number;
  const steps: Steps = { call, kind: inner.kind, config, prefix, units, mask: mask(0) };
  const state = initial.map((value) => builder.plain(value));
  const outputs: string[] = [];
  let current = step.start(steps, state);
  for (let i = 0; i < count; i++) {
    const at = isReversed ? count - 1 - i : i;
    current = step.next(steps, current, at);
    outputs[at] = builder.op('Unsqueeze', [current.h, builder.ints([1])]);
  }
  const sequence = builder.value(outputs.length === 1 ? outputs[0]! : builder.op('Concat', outputs, { axis: 1 }), [
    count,
    units,
  ]);
  const last = [current.h, ...(current.c === undefined ? [] : [current.c])];
  return { sequence, states: last.map((name) => builder.value(name, [units])) };
}

const recurrent: LayerWriter = (call) => {
  const { builder, kind, config, inputs, mask, setMask } = call;
  const inner = { kind, config };
  const initial = inputs.slice(1);
  const isReversed = config.goBackwards === true;
  const run = isStandard(kind, config, mask(0))
    ? runOp(call, inner, [''], initial)[0]!
    : runSteps(call, inner, '', initial, isReversed);
  const isSequence = config.returnSequences === true;
  // A sequence is in the order of reading.
  const sequence = () => (isReversed ? reversed(builder, run.sequence) : run.sequence);
  if (isSequence) {
    const given = mask(0);
    setMask(
      given !== undefined && isReversed
        ? builder.plain(reversed(builder, builder.value(given, [inputs[0]!.shape[0]!])))
        : given,
    );
  }
  const y = isSequence ? sequence() : run.states[0]!;
  return config.returnState === true ? [y, ...run.states] : y;
};

type Merge = (builder: Builder, forward: Value, backward: Value) => Value[];

const combine =
  (opType: string): Merge =>
  (builder, forward, backward) => {
    const { order, name } = forward.first;
    return [new Value(forward.shape, { order, name: builder.op(opType, [name, builder.in(backward, order)]) })];
  };

const MERGES: Readonly<Record<string, Merge>> = {
  concat(builder, forward, backward) {
    const { order, name } = forward.first;
    const shape = [...forward.shape.slice(0, -1), forward.shape.at(-1)! + backward.shape.at(-1)!];
    const joined = builder.op('Concat', [name, builder.in(backward, order)], { axis: order.indexOf(forward.rank - 1) });
    return [new Value(shape, { order, name: joined })];
  },
  sum: combine('Add'),
  mul: combine('Mul'),
  ave: combine('Mean'),
  null: (_, forward, backward) => [forward, backward],
};

const bidirectional: LayerWriter = (call) => {
  const { builder, config, inputs, mask, setMask } = call;
  const inner = config.layer as NestedLayer;
  const initial = inputs.slice(1);
  const half = initial.length / 2;
  const prefixes = ['forward_', 'backward_'];
  const runs = isStandard(inner.kind, inner.config, mask(0))
    ? runOp(call, inner, prefixes, initial)
    : prefixes.map((prefix, i) => runSteps(call, inner, prefix, initial.slice(i * half, (i + 1) * half), i === 1));
  const isSequence = inner.config!.returnSequences === true;
  const [forward, backward] = runs.map((run) => (isSequence ? run.sequence : run.states[0]!)) as [Value, Value];
  const outputs = MERGES[String(config.mergeMode)]!(builder, forward, backward);
  if (isSequence) outputs.forEach((_, i) => setMask(mask(0), i));
  return inner.config!.returnState === true ? [...outputs, ...runs.flatMap(({ states }) => states)] : outputs;
};

export const recurrentLayers = {
  simpleRNN: recurrent,
  lstm: recurrent,
  gru: recurrent,
  bidirectional,
} satisfies Record<string, LayerWriter>;
