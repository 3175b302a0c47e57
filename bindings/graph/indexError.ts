// What is said when a look-up halts a program: the layer, the index, and what the table has.

import { DataError } from '../runtime/errors.js';
import type { Runtime } from '../runtime/runtime.js';
import type { PlacedInstruction } from './compile.js';
import type { OpAttributes } from './op.js';
import type { Program } from './program.js';
import { stridesOf } from './shape.js';
import type { Tensor } from './tensor.js';

/** An error for the first index out of range, if the halted instruction is a look-up. Reads the memory of the halted program. */
export function indexError(runtime: Runtime, program: Program, halted: PlacedInstruction): DataError | undefined {
  const node: Tensor = halted.unit.result;
  if (node.op !== 'gatherRows' && node.op !== 'scatterAddRows') return undefined;
  const [table, indices] = node.inputs as [Tensor, Tensor];
  const rows = node.op === 'gatherRows' ? table.shape[0]! : (node.attributes as OpAttributes['scatterAddRows']).rows;
  const values = runtime.int32(program.addressOf(indices), indices.size);
  const at = values.findIndex((index) => index < 0 || index >= rows);
  const position = stridesOf(indices.shape).map((stride, axis) => Math.floor(at / stride) % indices.shape[axis]!);
  return new DataError(
    `${node.scope || node.op}: index ${values[at]} at [${position.join(', ')}] of the batch is out of range. ` +
      `The table has ${rows} rows: use 0 to ${rows - 1}.`,
  );
}
