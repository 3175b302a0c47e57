// The other operands of a convolution: its kernel as panels of B, and where its results go.

import { Conv2dField } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { TILE_ROW_BYTES } from '../../lib/microkernel';
import { packColumns } from '../../lib/pack';
import { scratch } from '../../lib/scratch';
import { B_PANELS } from '../gemm/blocked';
import { bytes, span } from '../gemm/fields';
import { signed } from './patches';

/** Where the columns of an output pixel begin. */
export function targetRow(instruction: usize, row: u32): usize {
  const rowsX = count(instruction, Conv2dField.rowsX);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const line = row / rowsX;
  const item = line / rowsY;
  return (
    pointer(instruction, Conv2dField.targetPointer) +
    span(item, bytes(instruction, Conv2dField.targetBatchStride)) +
    span(line - item * rowsY, bytes(instruction, Conv2dField.targetStrideY)) +
    span(row - line * rowsX, bytes(instruction, Conv2dField.targetStrideX))
  );
}

/** Steps `step` to `step + depth` of the kernel of a group, tap by tap, into panels of B. */
export function packKernel(instruction: usize, group: u32, column: u32, columns: u32, step: u32, depth: u32): void {
  const channels = count(instruction, Conv2dField.channels);
  const tapsX = count(instruction, Conv2dField.tapsX);
  const strideY = signed(instruction, Conv2dField.kernelTapStrideY) << 2;
  const strideX = signed(instruction, Conv2dField.kernelTapStrideX) << 2;
  const channelBytes = bytes(instruction, Conv2dField.kernelChannelStride);
  const columnBytes = bytes(instruction, Conv2dField.kernelColumnStride);
  const kernel =
    pointer(instruction, Conv2dField.kernelPointer) +
    span(group, bytes(instruction, Conv2dField.kernelGroupStride)) +
    span(column, columnBytes);
  const panelBytes = span(depth, TILE_ROW_BYTES);
  let target = scratch() + B_PANELS;
  for (let left = depth; left;) {
    const tap = step / channels;
    const channel = step - tap * channels;
    const run = min(channels - channel, left);
    const tapY = tap / tapsX;
    const offset = <i32>tapY * strideY + <i32>(tap - tapY * tapsX) * strideX;
    const source = kernel + <usize>offset + span(channel, channelBytes);
    packColumns(source, columnBytes, channelBytes, columns, run, target, panelBytes);
    target += span(run, TILE_ROW_BYTES);
    step += run;
    left -= run;
  }
}
