// A recurrence over all steps: by the core's instruction where that has what is asked for, else step by step.

import type { Tensor } from '../../graph/tensor.js';
import { recurrentStates } from '../../ops/recurrent.js';
import type { Cell, State } from './cells.js';

export interface Recurrence {
  cell: Cell;
  /** x kernel + bias of all steps: [batch, time, columns]. */
  projection: Tensor;
  kernel: Tensor;
  bias: Tensor | undefined;
  initial: State;
  mask: Tensor | undefined;
  isReversed: boolean;
  /** The sequence in the order of the input, though it is read in reverse. */
  isAligned: boolean;
}

/** Activations of one's own and a factor on h, [batch, units], in front of the recurrent product. */
export interface Variation {
  activation: (x: Tensor) => Tensor;
  recurrentActivation: (x: Tensor) => Tensor;
  factor: Tensor | undefined;
}

export interface RecurrenceResult {
  /** h of all steps: [batch, time, units]. */
  sequence: () => Tensor;
  /** The state after the last step that was read. */
  last: { h: () => Tensor; c: () => Tensor };
}

/** tanh and sigmoid, no dropout: one instruction. `hasCell`: c of the last step is asked for. */
export function runFused(recurrence: Recurrence, hasCell: boolean): RecurrenceResult {
  const { cell, projection, kernel, bias, initial, mask, isReversed, isAligned } = recurrence;
  const [batch, time] = projection.shape as [number, number];
  const units = kernel.shape[0]!;
  const states = recurrentStates(
    { projection, kernel, bias, mask, initialState: initial.h, initialCell: initial.c },
    { cell: cell.name, isReversed, isAligned, hasCell },
  );
  const lastStep = isReversed && isAligned ? 0 : time - 1;
  const last = (block: number) => states.slice([block, 0, lastStep, 0], [1, batch, 1, units]).reshape([batch, units]);
  const shape = [batch, time, units];
  return {
    sequence: () => (hasCell ? states.graph.emit('section', [states], { offset: 0, shape }) : states.reshape(shape)),
    last: { h: () => last(0), c: () => last(1) },
  };
}

/** The same out of operators, step by step. */
export function runComposed(recurrence: Recurrence, variation: Variation): RecurrenceResult {
  const { cell, projection, kernel, bias, initial, mask, isReversed, isAligned } = recurrence;
  const { activation, recurrentActivation, factor } = variation;
  const [batch, time, columns] = projection.shape as [number, number, number];
  const units = kernel.shape[0]!;
  const outputs: Tensor[] = [];
  let { h, c } = initial;
  for (let step = 0; step < time; step++) {
    const from = isReversed ? time - 1 - step : step;
    const next = cell.step({
      projection: projection.slice([0, from, 0], [batch, 1, columns]).reshape([batch, columns]),
      hidden: factor ? h.mul(factor) : h,
      h,
      c,
      kernel,
      bias,
      activation,
      recurrentActivation,
    });
    const isCounted = mask?.slice([0, from], [batch, 1]);
    const keep = (value: Tensor, before: Tensor): Tensor => (isCounted ? isCounted.where(value, before) : value);
    h = keep(next.h, h);
    c = next.c && keep(next.c, c!);
    outputs.push(h.reshape([batch, 1, units]));
  }
  if (isReversed && isAligned) outputs.reverse();
  const [first, ...others] = outputs as [Tensor, ...Tensor[]];
  return {
    sequence: () => (others.length ? first.concat(others, 1) : first),
    last: { h: () => h, c: () => c! },
  };
}

/** A sequence [batch, time, ...] last to first. */
export function reverseTime(x: Tensor): Tensor {
  const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
  const zeros = rest.map(() => 0);
  const steps = Array.from({ length: time }, (_, i) => x.slice([0, time - 1 - i, ...zeros], [batch, 1, ...rest]));
  return steps.length > 1 ? steps[0]!.concat(steps.slice(1), 1) : x;
}
