// One step of a recurrence as nodes, for masks and activations that ONNX's recurrent ops do not have.

import { activateName } from './activations.js';
import type { LayerToWrite, NestedLayer } from './call.js';

/** What does not change from step to step. */
export interface Steps {
  call: LayerToWrite;
  kind: string;
  config: NonNullable<NestedLayer['config']>;
  prefix: string;
  units: number;
  mask: string | undefined;
}

/** x kernel + bias of all steps, and the state, each [batch, units]. */
interface State {
  projection: string;
  h: string;
  c: string | undefined;
}

const parameter = ({ call, prefix }: Steps, name: string): string => {
  const { path, shape, values } = call.weight(`${prefix}${name}`);
  return call.builder.weights(path, shape, () => values);
};

/** Some of a GRU's rows of biases. */
const biasRow = ({ call, prefix }: Steps, row: number): string => {
  const { path, shape, values } = call.weight(`${prefix}bias`);
  const columns = shape.at(-1)!;
  return call.builder.weights(`${path}_${row}`, [columns], () => values.subarray(row * columns, (row + 1) * columns));
};

const hasTwoBiases = ({ kind, config }: Steps): boolean => kind === 'gru' && config.resetAfter === true;

function start(steps: Steps, initial: readonly string[]): State {
  const { call, kind, prefix, units } = steps;
  const { builder } = call;
  const x = builder.plain(call.inputs[0]!);
  const product = builder.op('MatMul', [x, parameter(steps, 'kernel')]);
  const hasBias = call.has(`${prefix}bias`);
  const bias = hasBias ? (hasTwoBiases(steps) ? biasRow(steps, 0) : parameter(steps, 'bias')) : undefined;
  const projection = bias === undefined ? product : builder.op('Add', [product, bias]);
  const zeros = (): string => {
    const [none, one] = [builder.ints([0]), builder.ints([1])];
    const row = builder.op('Slice', [x, none, one, one]);
    const column = builder.op('Slice', [row, none, one, builder.ints([2])]);
    const flat = builder.op('Squeeze', [column, one]);
    // x - x would keep a NaN.
    const zero = builder.op('Mul', [
      builder.op('Cast', [builder.op('Equal', [flat, flat])], { to: 1 }),
      builder.floats([0]),
    ]);
    return builder.op('Expand', [zero, builder.ints([1, units])]);
  };
  return { projection, h: initial[0] ?? zeros(), c: kind === 'lstm' ? (initial[1] ?? zeros()) : undefined };
}

function next(steps: Steps, state: State, at: number): State {
  const { call, mask } = steps;
  const { builder } = call;
  const from = (sequence: string) =>
    builder.op('Slice', [sequence, builder.ints([at]), builder.ints([at + 1]), builder.ints([1])]);
  const projection = builder.op('Squeeze', [from(state.projection), builder.ints([1])]);
  const made = CELL_STEPS[steps.kind]!(steps, projection, state);
  const counts = mask === undefined ? undefined : builder.op('Cast', [from(mask)], { to: 9 });
  const keep = (value: string, before: string) =>
    counts === undefined ? value : builder.op('Where', [counts, value, before]);
  return {
    projection: state.projection,
    h: keep(made.h, state.h),
    c: made.c === undefined ? undefined : keep(made.c, state.c!),
  };
}

type CellStep = (steps: Steps, projection: string, state: State) => { h: string; c?: string };

/** Columns of one gate. */
const gateOf = ({ call: { builder }, units }: Steps, x: string, gate: number): string =>
  builder.op('Slice', [x, builder.ints([gate * units]), builder.ints([(gate + 1) * units]), builder.ints([1])]);

const CELL_STEPS: Readonly<Record<string, CellStep>> = {
  simpleRNN(steps, projection, { h }) {
    const { builder } = steps.call;
    const sum = builder.op('Add', [projection, builder.op('MatMul', [h, parameter(steps, 'recurrentKernel')])]);
    return { h: activateName(builder, steps.config.activation, sum, 2) };
  },
  lstm(steps, projection, { h, c }) {
    const { call, config } = steps;
    const { builder } = call;
    const sums = builder.op('Add', [projection, builder.op('MatMul', [h, parameter(steps, 'recurrentKernel')])]);
    const gate = (index: number) => activateName(builder, config.recurrentActivation, gateOf(steps, sums, index), 2);
    const candidate = activateName(builder, config.activation, gateOf(steps, sums, 2), 2);
    const cell = builder.op('Add', [builder.op('Mul', [gate(1), c!]), builder.op('Mul', [gate(0), candidate])]);
    return { h: builder.op('Mul', [gate(3), activateName(builder, config.activation, cell, 2)]), c: cell };
  },
  gru(steps, projection, { h }) {
    const { call, config } = steps;
    const { builder } = call;
    const isAfter = config.resetAfter === true;
    const kernel = parameter(steps, 'recurrentKernel');
    const product = builder.op('MatMul', [h, kernel]);
    const inner =
      isAfter && call.has(`${steps.prefix}bias`) ? builder.op('Add', [product, biasRow(steps, 1)]) : product;
    const gate = (index: number) =>
      activateName(
        builder,
        config.recurrentActivation,
        builder.op('Add', [gateOf(steps, projection, index), gateOf(steps, inner, index)]),
        2,
      );
    const [z, r] = [gate(0), gate(1)];
    const reset = isAfter
      ? builder.op('Mul', [r, gateOf(steps, inner, 2)])
      : builder.op('MatMul', [builder.op('Mul', [r, h]), gateOf(steps, kernel, 2)]);
    const candidate = activateName(
      builder,
      config.activation,
      builder.op('Add', [gateOf(steps, projection, 2), reset]),
      2,
    );
    const rest = builder.op('Sub', [builder.floats([1]), z]);
    return { h: builder.op('Add', [builder.op('Mul', [z, h]), builder.op('Mul', [rest, candidate])]) };
  },
};

export const step = { start, next };
