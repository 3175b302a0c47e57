import { Opcode, PermutationField, ProgramField } from '../../assembly/opcodes.js';
import { encode } from '../graph/encode.js';
import { STATE } from '../inference/file.js';
import type { ProgramMemory } from '../inference/programMemory.js';
import { countUp, SHUFFLE_STREAM } from '../model/epochOrder.js';

/** The order of an epoch, by the core's own shuffle: that of `fit`. */
export function drawOrder(memory: ProgramMemory, count: number, epoch: number, shuffle: boolean): Int32Array {
  const order = countUp(count);
  if (!shuffle) return order;
  const { heap } = memory;
  const targetPointer = heap.allocate(4 * count, 'the order of an epoch');
  const coordinatePointer = heap.allocate(4, 'the number of an epoch');
  memory.uint32(coordinatePointer, 1)[0] = epoch;
  const statePointer = memory.addressOf(STATE);
  const instruction = encode(Opcode.permutation, PermutationField, {
    ...{ targetPointer, count, statePointer, coordinatePointer },
    stream: SHUFFLE_STREAM,
  });
  const words = new Uint32Array(ProgramField.end + instruction.length);
  words.set(instruction, ProgramField.end);
  const program = memory.place({
    ...{ rows: count, arenaBytes: 0, lookUps: [], words, constants: new Float32Array(0), relocations: new Map() },
  });
  memory.run(program, 'fit');
  order.set(memory.uint32(targetPointer, count));
  for (const address of [targetPointer, coordinatePointer]) heap.release(address);
  memory.remove(program);
  return order;
}
