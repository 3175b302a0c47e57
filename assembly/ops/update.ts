// An optimiser's update over flat vectors, and with it a moving average of the weights: a pass of its own would read them from
// memory once more. Chunk by chunk, so that the average finds the weights in the first-level cache.

import { InstructionField, Opcode, UpdateField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { adamUpdate } from './adamUpdate';
import { rmspropUpdate } from './rmspropUpdate';
import { sgdUpdate } from './sgdUpdate';

/** Elements at whose multiples parts begin: a cache line. */
const GRAIN: u32 = 16;
/** Elements that are updated at a time: 4 KiB of each vector. */
const CHUNK: u32 = 1024;

export function update(instruction: usize, part: u32, parts: u32): void {
  const total = count(instruction, UpdateField.count);
  const end = partStart(total, part + 1, parts, GRAIN);
  for (let start = partStart(total, part, parts, GRAIN); start < end; start += CHUNK) {
    const chunkEnd = min(start + CHUNK, end);
    switch (count(instruction, InstructionField.opcode)) {
      case Opcode.adamUpdate: adamUpdate(instruction, start, chunkEnd); break;
      case Opcode.rmspropUpdate: rmspropUpdate(instruction, start, chunkEnd); break;
      case Opcode.sgdUpdate: sgdUpdate(instruction, start, chunkEnd); break;
      default: unreachable();
    }
    if (pointer(instruction, UpdateField.averagePointer)) moveAverage(instruction, start, chunkEnd);
  }
}

@inline
function moveAverage(instruction: usize, start: u32, end: u32): void {
  const shares = pointer(instruction, UpdateField.averageSharesPointer);
  const share = v128.load32_splat(shares);
  const rest = v128.load32_splat(shares, 4);
  const averages = pointer(instruction, UpdateField.averagePointer);
  const weights = pointer(instruction, UpdateField.weightsPointer);
  for (let i = start; i < end; i += 4) {
    const offset = (<usize>i) << 2;
    const kept = f32x4.mul(v128.load(averages + offset), share);
    storeLanes(averages + offset, f32x4.add(kept, f32x4.mul(v128.load(weights + offset), rest)), end - i);
  }
}
