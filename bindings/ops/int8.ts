// Products with int8 kernels: rows of the other operand are quantised when the program runs, and the sums are of integers. Kernel
// twins: assembly/ops/quantizeRows.ts and assembly/ops/gemmInt8.ts. See docs/decisions/0020-int8-weights.md.

import {
  GemmInt8Field,
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
import type { Axis, Walk } from './conv2dAxes.js';
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

/** Lays an int8 kernel out as products read it: see GemmInt8Field. `scales`: of the columns. */
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

/** The operand that is quantised, and how its rows or patches are found: fields of both instructions. */
export interface Int8Walk {
  quantize: Omit<Fields<typeof QuantizeRowsField>, 'sourcePointer' | 'targetPointer' | 'scalesPointer'> & {
    batch: number;
    targetBatchStride: number;
    borderBefore: number;
  };
  patches: Omit<Fields<typeof GemmInt8Field>, AddressField | 'columns' | keyof ReturnType<typeof epilogueFields>>;
  /** From the first number of the first image to that of the first patch. */
  first?: number;
}

type AddressField = 'sourcePointer' | 'sourceScalesPointer' | 'kernelPointer' | 'kernelScalesPointer' | 'targetPointer';

/** The vectors of a matrix: images of one line and one pixel. */
export function matrixWalk(rows: number, depth: number): Int8Walk {
  const stride = alignUp(depth, 8);
  return {
    quantize: {
      ...{ batch: rows, lines: 1, lineElements: depth, borderBefore: 0, hasBorder: 0 },
      ...{ targetLineStride: stride, targetBatchStride: stride },
    },
    patches: {
      ...{ batch: rows, rowsY: 1, rowsX: 1, sourceBatchStride: stride, sourceStrideY: 0, sourceStrideX: 0 },
      ...{ runsY: 1, runsX: 1, runStrideY: 0, runStrideX: 0, runPairs: alignUp(depth, 2) / 2 },
    },
  };
}

/** Where the taps of an axis begin in an image with a border, and how large that is. */
function borderOf({ rows, rowStep, taps, tapFirst, tapStep }: Axis, side: number) {
  const end = (rows - 1) * rowStep + tapFirst + (taps - 1) * tapStep + 1;
  const before = Math.max(0, -tapFirst);
  return { before, after: Math.max(0, end - side), first: tapFirst + before };
}

/** The patches of images with an even number of channels: the taps of a line are one run, unless they are dilated. */
export function imageWalk({ axes: [vertical, horizontal], fields }: Walk): Int8Walk {
  const { batch, sourceHeight, sourceWidth, channels } = fields;
  const [y, x] = [borderOf(vertical, sourceHeight), borderOf(horizontal, sourceWidth)];
  const line = (x.before + sourceWidth + x.after) * channels;
  const stride = alignUp((y.before + sourceHeight + y.after) * line, 8);
  const isPlain = horizontal.tapStep === 1;
  return {
    quantize: {
      ...{ batch, lines: sourceHeight, lineElements: sourceWidth * channels, targetLineStride: line },
      ...{ targetBatchStride: stride, borderBefore: y.before * line + x.before * channels },
      hasBorder: Number(y.before + y.after + x.before + x.after > 0),
    },
    patches: {
      ...{ batch, rowsY: vertical.rows, rowsX: horizontal.rows, sourceBatchStride: stride },
      ...{ sourceStrideY: vertical.rowStep * line, sourceStrideX: horizontal.rowStep * channels },
      ...{ runsY: vertical.taps, runStrideY: vertical.tapStep * line },
      ...{ runsX: isPlain ? 1 : horizontal.taps, runStrideX: horizontal.tapStep * channels },
      runPairs: ((isPlain ? horizontal.taps : 1) * channels) / 2,
    },
    first: y.first * line + x.first * channels,
  };
}

const rowsBytes = ({ quantize: { batch, targetBatchStride } }: Int8Walk): number => 2 * batch * targetBatchStride;

/** Bytes for the quantised operand and its scales. */
export const quantizedBytes = (walk: Int8Walk): number => rowsBytes(walk) + 4 * walk.quantize.batch;

/** The instructions of a unit that begins with a product of its first input with an int8 kernel, the second. */
export function lowerInt8(
  members: readonly Tensor[],
  walk: Int8Walk,
  { address, workspace }: LowerContext,
): InstructionWords[] {
  const [source, kernel] = members[0]!.inputs as [Tensor, Tensor];
  const { quantize, patches, first = 0 } = walk;
  const sourcePointer = workspace(members);
  const sourceScalesPointer = sourcePointer + rowsBytes(walk);
  const kernelPointer = address(kernel);
  const sides = matrixSides(kernel.shape);
  return [
    encode(Opcode.quantizeRows, QuantizeRowsField, {
      sourcePointer: address(source),
      targetPointer: sourcePointer + 2 * quantize.borderBefore,
      scalesPointer: sourceScalesPointer,
      ...quantize,
    }),
    encode(Opcode.gemmInt8, GemmInt8Field, {
      ...patches,
      sourcePointer: sourcePointer + 2 * first,
      sourceScalesPointer,
      kernelPointer,
      kernelScalesPointer: kernelPointer + panelBytes(sides),
      targetPointer: address(members.at(-1)!),
      columns: sides.columns,
      ...epilogueFields(members, address),
    }),
  ];
}
