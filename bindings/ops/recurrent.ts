// Recurrent layers, all steps in one instruction. Kernel twins: assembly/ops/recurrent.ts and recurrent/gradient.ts, where
// RecurrentField in opcodes.ts draws what they write.
//
// The tape has no gradient. What is differentiated is a view of its states, which therefore reads, beside the tape, what the
// tape was made of: so gradients of the states go straight to one backward instruction, without being spread over a tape.

import { Opcode, RecurrentCell, RecurrentField, RecurrentGradientField } from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { OpRule, RecurrentAttributes } from '../graph/op.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

type Cell = RecurrentAttributes['cell'];

/** Columns in units, blocks of states, and what the tape keeps beside them, in units. */
const CELLS: Readonly<Record<Cell, { gates: number; states: number; kept: number }>> = {
  simpleRNN: { gates: 1, states: 1, kept: 0 },
  lstm: { gates: 4, states: 2, kept: 4 },
  gru: { gates: 3, states: 1, kept: 4 },
  gruResetBefore: { gates: 3, states: 1, kept: 4 },
};

/** What a recurrence reads. */
export interface RecurrentInputs {
  /** x kernel + bias of all steps: [batch, time, columns]. */
  projection: Tensor;
  /** [units, columns] */
  kernel: Tensor;
  /** h before the first step: [batch, units]. */
  initialState: Tensor;
  /** c before the first step, for lstm: [batch, units]. */
  initialCell?: Tensor | undefined;
  /** Added to h kernel, for gru: [columns]. */
  bias?: Tensor | undefined;
  /** [batch, time]: a step where it is 0 leaves the state as it is. */
  mask?: Tensor | undefined;
}

/** The states of all steps: [1, batch, time, units], h; with `hasCell` [2, batch, time, units], h and c. */
export function recurrentStates(
  inputs: RecurrentInputs,
  attributes: Omit<RecurrentAttributes, 'isMasked'> & { hasCell: boolean },
): Tensor {
  const { projection, kernel, initialState, initialCell, bias, mask } = inputs;
  const read = [projection, kernel, initialState, initialCell, bias, mask].filter((input) => input !== undefined);
  const { hasCell, ...rest } = attributes;
  const own = { ...rest, isMasked: mask !== undefined };
  const { graph } = projection;
  const tape = graph.emit('recurrent', read, own);
  return graph.emit('recurrentStates', [tape, ...read], { ...own, hasCell });
}

/** The inputs of a node by name, where `read` begins with the projection. */
function nameInputs(read: readonly Tensor[], { cell, isMasked }: RecurrentAttributes): RecurrentInputs {
  const [projection, kernel, initialState, extra] = read as [Tensor, Tensor, Tensor, Tensor | undefined];
  return {
    projection,
    kernel,
    initialState,
    initialCell: cell === 'lstm' ? extra : undefined,
    bias: cell === 'gru' ? extra : undefined,
    mask: isMasked ? read.at(-1) : undefined,
  };
}

/** Largest number of units: what a step's sums may take of the kernel's scratch. */
const MAXIMUM_UNITS = 8192;

function checkShapes(read: readonly Tensor[], attributes: RecurrentAttributes): void {
  const { projection, kernel, initialState, initialCell, bias, mask } = nameInputs(read, attributes);
  const { gates } = CELLS[attributes.cell];
  const [batch, time] = projection.shape as [number, number];
  const [units] = kernel.shape as [number];
  const expected: [Tensor | undefined, Shape, string][] = [
    [kernel, [units, gates * units], 'the recurrent kernel'],
    [projection, [batch, time, gates * units], 'the projection'],
    [initialState, [batch, units], 'the initial state'],
    [initialCell, [batch, units], 'the initial cell state'],
    [bias, [gates * units], 'the recurrent bias'],
    [mask, [batch, time], 'the mask'],
  ];
  for (const [tensor, shape, what] of expected) {
    if (!tensor || (sameShape(tensor.shape, shape) && tensor.dtype === 'float32')) continue;
    throw new ShapeError(
      `${attributes.cell}: expected ${what} as float32 ${formatShape(shape)}, got ${tensor.describe()}.`,
    );
  }
  if (units > MAXIMUM_UNITS) throw new ShapeError(`${attributes.cell}: at most ${MAXIMUM_UNITS} units, got ${units}.`);
}

/** Multiplications and additions of the products with the kernel, and some ten for each gate. */
function flops(projection: Tensor, kernel: Tensor): number {
  return projection.size * (2 * kernel.shape[0]! + 10);
}

export const recurrentRule: OpRule<'recurrent'> = {
  infer(read, attributes) {
    checkShapes(read, attributes);
    const { states, kept } = CELLS[attributes.cell];
    const [batch, time] = read[0]!.shape;
    return { shape: [states + kept, batch!, time!, read[1]!.shape[0]!], dtype: 'float32' };
  },
  flops: ({ inputs: [projection, kernel] }) => flops(projection!, kernel!),
  lower([node], { address }) {
    const { attributes } = node as Tensor<'recurrent'>;
    const { projection, kernel, initialState, initialCell, bias, mask } = nameInputs(node!.inputs, attributes);
    return [
      encode(Opcode.recurrent, RecurrentField, {
        cell: RecurrentCell[attributes.cell],
        projectionPointer: address(projection),
        kernelPointer: address(kernel),
        biasPointer: bias ? address(bias) : 0,
        initialStatePointer: address(initialState),
        initialCellPointer: initialCell ? address(initialCell) : 0,
        maskPointer: mask ? address(mask) : 0,
        tapePointer: address(node!),
        rows: projection.shape[0]!,
        steps: projection.shape[1]!,
        units: kernel.shape[0]!,
        isReversed: Number(attributes.isReversed),
        isAligned: Number(attributes.isAligned),
      }),
    ];
  },
};

/** Inputs: the tape and its inputs. */
export const recurrentStatesRule: OpRule<'recurrentStates'> = {
  kind: 'view',
  infer: ([tape], { hasCell }) => ({ shape: [hasCell ? 2 : 1, ...tape!.shape.slice(1)], dtype: 'float32' }),
  gradient(node, dy) {
    const { attributes, graph } = node;
    const { cell } = attributes;
    const [tape, ...read] = node.inputs as [Tensor, ...Tensor[]];
    const { projection, kernel, initialState, initialCell, mask } = nameInputs(read, attributes);
    const [batch, time, columns] = projection.shape as [number, number, number];
    const units = kernel.shape[0]!;
    const behind = [initialState, initialCell, mask].filter((input) => input !== undefined);
    const target = graph.emit('recurrentGradient', [tape, kernel.transpose(), dy, ...behind], attributes);
    let offset = 0;
    const take = (...shape: number[]): Tensor => {
      const part = graph.emit('section', [target], { offset, shape });
      offset += sizeOf(shape);
      return part;
    };
    const dProjection = take(batch, time, columns);
    const before = take(batch * time, units);
    const dInitial = take(batch, units);
    const sums = dProjection.reshape([batch * time, columns]);
    const byKernel = (inner: Tensor): Tensor => before.matmul(inner, { transposeA: true });
    const ofMask = mask ? [undefined] : [];
    const ofTape = undefined;
    if (cell === 'simpleRNN') return [ofTape, dProjection, byKernel(sums), dInitial, ...ofMask];
    if (cell === 'lstm') return [ofTape, dProjection, byKernel(sums), dInitial, take(batch, units), ...ofMask];
    if (cell === 'gru') {
      const inner = take(batch * time, columns);
      return [ofTape, dProjection, byKernel(inner), dInitial, inner.sum({ axis: 0 }), ...ofMask];
    }
    const resetState = take(batch * time, units);
    const gates = sums.slice([0, 0], [batch * time, 2 * units]);
    const candidate = sums.slice([0, 2 * units], [batch * time, units]);
    const dKernel = byKernel(gates).concat([resetState.matmul(candidate, { transposeA: true })], 1);
    return [ofTape, dProjection, dKernel, dInitial, ...ofMask];
  },
};

/** Inputs: the tape, the transposed kernel, the gradient of the states, the initial states, the mask. */
export const recurrentGradientRule: OpRule<'recurrentGradient'> = {
  infer([tape, kernel], { cell }) {
    const [, batch, time, units] = tape!.shape as [number, number, number, number];
    const positions = batch * time;
    const columns = kernel!.shape[0]!;
    const extra = { simpleRNN: 0, lstm: batch * units, gru: positions * columns, gruResetBefore: positions * units };
    return { shape: [positions * (columns + units) + batch * units + extra[cell]], dtype: 'float32' };
  },
  flops: ({ inputs: [tape, kernel] }) => {
    const [, batch, time, units] = tape!.shape as [number, number, number, number];
    return batch * time * kernel!.shape[0]! * (2 * units + 10);
  },
  lower([node], { address }) {
    const { attributes } = node as Tensor<'recurrentGradient'>;
    const { cell, hasCell, isMasked, isReversed, isAligned } = attributes;
    const [tape, kernel, dy, initialState, extra] = node!.inputs as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor | undefined,
    ];
    const [, rows, steps, units] = tape.shape as [number, number, number, number];
    return [
      encode(Opcode.recurrentGradient, RecurrentGradientField, {
        cell: RecurrentCell[cell],
        tapePointer: address(tape),
        transposedKernelPointer: address(kernel),
        initialStatePointer: address(initialState),
        initialCellPointer: cell === 'lstm' ? address(extra!) : 0,
        maskPointer: isMasked ? address(node!.inputs.at(-1)!) : 0,
        outputGradientPointer: address(dy),
        hasCellGradient: Number(hasCell),
        targetPointer: address(node!),
        rows,
        steps,
        units,
        isReversed: Number(isReversed),
        isAligned: Number(isAligned),
      }),
    ];
  },
};
