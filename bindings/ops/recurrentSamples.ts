// Samples of the recurrent primitives, against a float64 recurrence written step by step.

import type { RecurrentAttributes } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { recurrentStates } from './recurrent.js';
import type { OpSample, SampleInput } from './sample.js';

type Cell = RecurrentAttributes['cell'];

interface Case {
  cell: Cell;
  batch: number;
  time: number;
  units: number;
  isMasked: boolean;
  isReversed: boolean;
  isAligned: boolean;
  hasCell: boolean;
}

const GATES: Readonly<Record<Cell, number>> = { simpleRNN: 1, lstm: 4, gru: 3, gruResetBefore: 3 };

/** Around vectors, tiles, one step, one row; beyond a summation block, and beyond what is packed. */
const SIZES: readonly (readonly [batch: number, time: number, units: number])[] = [
  [1, 1, 1],
  [2, 2, 3],
  [5, 7, 4],
  [2, 7, 5],
  [5, 2, 8],
  [1, 7, 17],
  [42, 2, 5],
];

const CASES: readonly Case[] = (Object.keys(GATES) as Cell[]).flatMap((cell) => [
  ...SIZES.flatMap(([batch, time, units], i) =>
    [false, true].map((isMasked) => ({
      cell,
      batch,
      time,
      units,
      isMasked,
      isReversed: i % 3 !== 0,
      isAligned: i % 3 === 2,
      hasCell: cell === 'lstm' && i % 2 === 0,
    })),
  ),
  { cell, batch: 2, time: 2, units: 261, isMasked: true, isReversed: true, isAligned: true, hasCell: cell === 'lstm' },
]);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The states of all steps. `given`: projection, kernel, initial state, initial cell or bias, mask. */
function reference(sample: Case, given: readonly Float64Array[]): Float64Array {
  const { cell, batch, time, units, isMasked, isReversed, isAligned, hasCell } = sample;
  const [projection, kernel, initialState, extra] = given as [Float64Array, Float64Array, Float64Array, Float64Array];
  const mask = isMasked ? given.at(-1) : undefined;
  const columns = GATES[cell] * units;
  const positions = batch * time;
  const states = new Float64Array((hasCell ? 2 : 1) * positions * units);
  for (let row = 0; row < batch; row++) {
    const ownRow = (values: Float64Array) => values.slice(row * units, (row + 1) * units);
    let h: Float64Array = ownRow(initialState);
    let c: Float64Array = cell === 'lstm' ? ownRow(extra) : h;
    for (let step = 0; step < time; step++) {
      const from = isReversed ? time - 1 - step : step;
      const to = isReversed && isAligned ? from : step;
      if (mask?.[row * time + from] !== 0) {
        const p = projection.subarray((row * time + from) * columns, (row * time + from + 1) * columns);
        const next = advance(cell, units, p, kernel, extra, h, c);
        h = next.h;
        c = next.c;
      }
      states.set(h, (row * time + to) * units);
      if (hasCell) states.set(c, (positions + row * time + to) * units);
    }
  }
  return states;
}

function advance(
  cell: Cell,
  units: number,
  p: Float64Array,
  kernel: Float64Array,
  bias: Float64Array,
  h: Float64Array,
  c: Float64Array,
): { h: Float64Array; c: Float64Array } {
  const columns = GATES[cell] * units;
  /** Element (gate, unit) of values times the kernel. */
  const product = (values: Float64Array, gate: number, unit: number): number =>
    values.reduce((sum, value, k) => sum + value * kernel[k * columns + gate * units + unit]!, 0);
  const own = (gate: number, unit: number): number => p[gate * units + unit]!;
  const each = (f: (unit: number) => number): Float64Array =>
    Float64Array.from({ length: units }, (_, unit) => f(unit));
  const gate = (index: number, shift: (unit: number) => number = () => 0): Float64Array =>
    each((unit) => sigmoid(own(index, unit) + product(h, index, unit) + shift(unit)));
  if (cell === 'simpleRNN') return { h: each((unit) => Math.tanh(own(0, unit) + product(h, 0, unit))), c };
  if (cell === 'lstm') {
    const [i, f, o] = [gate(0), gate(1), gate(3)];
    const next = each((unit) => f[unit]! * c[unit]! + i[unit]! * Math.tanh(own(2, unit) + product(h, 2, unit)));
    return { h: each((unit) => o[unit]! * Math.tanh(next[unit]!)), c: next };
  }
  const isAfter = cell === 'gru';
  const [z, r] = [0, 1].map((index) => gate(index, (unit) => (isAfter ? bias[index * units + unit]! : 0))) as [
    Float64Array,
    Float64Array,
  ];
  const reset = h.map((value, k) => r[k]! * value);
  const inner = (unit: number): number =>
    isAfter ? r[unit]! * (product(h, 2, unit) + bias[2 * units + unit]!) : product(reset, 2, unit);
  const next = each((unit) => z[unit]! * h[unit]! + (1 - z[unit]!) * Math.tanh(own(2, unit) + inner(unit)));
  return { h: next, c };
}

function inputsOf({ cell, batch, time, units, isMasked }: Case): SampleInput[] {
  const columns = GATES[cell] * units;
  const bound = 1 / Math.sqrt(units);
  return [
    { shape: [batch, time, columns] },
    { shape: [units, columns], range: [-bound, bound] },
    { shape: [batch, units], range: [-1, 1] },
    ...(cell === 'lstm' ? [{ shape: [batch, units] }] : []),
    ...(cell === 'gru' ? [{ shape: [columns] }] : []),
    ...(isMasked
      ? [{ shape: [batch, time], values: Array.from({ length: batch * time }, (_, i) => Number(i % 3 !== 1)) }]
      : []),
  ];
}

const statesOf = ({ cell, isMasked, isReversed, isAligned, hasCell }: Case, inputs: readonly Tensor[]): Tensor => {
  const [projection, kernel, initialState, extra] = inputs as [Tensor, Tensor, Tensor, Tensor];
  return recurrentStates(
    {
      projection,
      kernel,
      initialState,
      initialCell: cell === 'lstm' ? extra : undefined,
      bias: cell === 'gru' ? extra : undefined,
      mask: isMasked ? inputs.at(-1) : undefined,
    },
    { cell, isReversed, isAligned, hasCell },
  );
};

const nameOf = ({ cell, batch, time, units, isMasked, isReversed, isAligned }: Case): string =>
  `${cell} [${batch}, ${time}, ${units}]${isMasked ? ' masked' : ''}${isReversed ? ' reversed' : ''}${isAligned ? ' aligned' : ''}`;

export const recurrentStatesSamples = (): OpSample[] =>
  CASES.map((sample) => ({
    name: nameOf(sample),
    inputs: inputsOf(sample),
    build: (inputs) => statesOf(sample, inputs),
    reference: (given) => reference(sample, given),
  }));

/** The whole tape; where it is masked, the gates are left as they were. */
export const recurrentSamples = (): OpSample[] =>
  CASES.filter(({ isMasked }) => !isMasked).map((sample) => ({
    name: nameOf(sample),
    inputs: inputsOf(sample),
    build: (inputs) => statesOf(sample, inputs).inputs[0]!,
  }));

/** The backward instruction alone: values are those of the gradients of `recurrentStates`. */
export const recurrentGradientSamples = (): OpSample[] =>
  CASES.map((sample) => {
    const { cell, batch, time, units, isMasked, isReversed, isAligned, hasCell } = sample;
    return {
      name: nameOf(sample),
      inputs: [...inputsOf(sample), { shape: [hasCell ? 2 : 1, batch, time, units] }],
      build: (inputs) => {
        const [tape, , kernel, initialState, ...rest] = statesOf(sample, inputs.slice(0, -1)).inputs as [
          Tensor,
          Tensor,
          Tensor,
          ...Tensor[],
        ];
        const behind = [initialState!, ...(cell === 'gru' ? rest.slice(1) : rest)];
        const attributes = { cell, isMasked, isReversed, isAligned, hasCell };
        return tape.graph.emit('recurrentGradient', [tape, kernel.transpose(), inputs.at(-1)!, ...behind], attributes);
      },
    };
  });
