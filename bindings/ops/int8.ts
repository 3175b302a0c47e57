// Products with int8 kernels: rows of the other operand are quantised when the program runs, and the sums are of integers. Kernel
// twins: assembly/ops/quantizeRows.ts and assembly/ops/conv2dInt8.ts. See docs/decisions/0020-int8-weights.md.

import {
  Conv2dInt8Field,
  INT8_DEPTH_LIMIT,
  INT8_PANEL_COLUMNS,
  Opcode,
  QuantizeRowsField,
} from '../../assembly/opcodes.js';
import { encode, type Fields, type InstructionWords } from '../graph/encode.js';
import type { LowerContext } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { alignUp } from '../runtime/memory.js';
import type { Walk } from './conv2dAxes.js';
import { epilogueFields } from './epilogue.js';

/** A kernel [..., columns] as the matrix [depth, columns] that products read. */
function matrixSides(shape: Shape): { depth: number; columns: number } {
  const columns = shape.at(-1) ?? 0;
  return { depth: sizeOf(shape.slice(0, -1)), columns };
}

/** Whether products can read a kernel of this shape as int8. */
export function fitsInt8(shape: Shape): boolean {
  const { depth, columns } = matrixSides(shape);
  return shape.length >= 2 && columns > 0 && depth > 0 && depth <= INT8_DEPTH_LIMIT;
}

const panelBytes = ({ depth, columns }: { depth: number; columns: number }): number =>
  alignUp(depth, 2) * alignUp(columns, INT8_PANEL_COLUMNS);

/** Bytes of an int8 kernel in memory: panels, and the scales behind them. */
export function int8KernelBytes(shape: Shape): number {
  const sides = matrixSides(shape);
  return panelBytes(sides) + 4 * alignUp(sides.columns, INT8_PANEL_COLUMNS);
}

/** Lays an int8 kernel out as products read it: see Conv2dInt8Field. `scales`: of the columns. */
export function packInt8Kernel(values: Int8Array, shape: Shape, scales: Float32Array, target: Uint8Array): void {
  const sides = matrixSides(shape);
  const { depth, columns } = sides;
  const pairBytes = 2 * INT8_PANEL_COLUMNS;
  const panelStride = (alignUp(depth, 2) / 2) * pairBytes;
  target.fill(0);
  for (let step = 0; step < depth; step++) {
    const pair = (step >> 1) * pairBytes + (step & 1);
    for (let column = 0; column < columns; column++) {
      const panel = Math.floor(column / INT8_PANEL_COLUMNS) * panelStride;
      target[panel + pair + 2 * (column % INT8_PANEL_COLUMNS)] = values[step * columns + column]!;
    }
  }
  target.set(new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength), panelBytes(sides));
}

/** Rows of the quantised operand: of a product, or one an image of a convolution. */
interface QuantizedRows {
  rows: number;
  rowElements: number;
}

const rowsBytes = ({ rows, rowElements }: QuantizedRows): number => rows * 2 * alignUp(rowElements, 8);

/** Bytes for the quantised operand and its scales. */
export const quantizedBytes = (given: QuantizedRows): number => rowsBytes(given) + 4 * given.rows;

/** What is walked over: the fields of an instruction that are no addresses and no epilogue. */
type Int8Walk = Omit<
  Fields<typeof Conv2dInt8Field>,
  | 'sourcePointer'
  | 'sourceScalesPointer'
  | 'kernelPointer'
  | 'kernelScalesPointer'
  | 'targetPointer'
  | 'biasPointer'
  | 'activation'
  | 'activationParameter'
>;

/** A product of `rows` vectors: images of one pixel. */
export const matrixWalk = (rows: number, depth: number, columns: number): Int8Walk => ({
  ...{ batch: rows, sourceHeight: 1, sourceWidth: 1, channels: depth, columns },
  ...{ rowsY: 1, rowsX: 1, rowStepY: 1, rowStepX: 1 },
  ...{ tapsY: 1, tapsX: 1, tapFirstY: 0, tapFirstX: 0, tapStepY: 1, tapStepX: 1 },
});

/** A convolution of one group. */
export const imageWalk = ({ fields }: Walk): Int8Walk => ({
  batch: fields.batch,
  sourceHeight: fields.sourceHeight,
  sourceWidth: fields.sourceWidth,
  channels: fields.channels,
  columns: fields.columns,
  rowsY: fields.rowsY,
  rowsX: fields.rowsX,
  rowStepY: fields.rowStepY,
  rowStepX: fields.rowStepX,
  tapsY: fields.tapsY,
  tapsX: fields.tapsX,
  tapFirstY: fields.tapFirstY,
  tapFirstX: fields.tapFirstX,
  tapStepY: fields.tapStepY,
  tapStepX: fields.tapStepX,
});

/** The instructions of a unit that begins with a product of its first input with an int8 kernel, the second. */
export function lowerInt8(
  members: readonly Tensor[],
  walk: Int8Walk,
  given: QuantizedRows,
  { address, workspace }: LowerContext,
): InstructionWords[] {
  const [source, kernel] = members[0]!.inputs as [Tensor, Tensor];
  const sourcePointer = workspace(members);
  const sourceScalesPointer = sourcePointer + rowsBytes(given);
  const kernelPointer = address(kernel);
  return [
    encode(Opcode.quantizeRows, QuantizeRowsField, {
      sourcePointer: address(source),
      targetPointer: sourcePointer,
      scalesPointer: sourceScalesPointer,
      ...given,
    }),
    encode(Opcode.conv2dInt8, Conv2dInt8Field, {
      ...walk,
      sourcePointer,
      sourceScalesPointer,
      kernelPointer,
      kernelScalesPointer: kernelPointer + panelBytes(matrixSides(kernel.shape)),
      targetPointer: address(members.at(-1)!),
      ...epilogueFields(members, address),
    }),
  ];
}
