// Keeps the rows of a batch among those of all batches of a pass: the mirror of gatherBatch.

import { RunStateField, StoreBatchField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { partStart } from '../lib/split';
import { copyWords } from '../lib/words';

export function storeBatch(instruction: usize, part: u32, parts: u32): void {
  const rows = count(instruction, StoreBatchField.rows);
  const rowElements = count(instruction, StoreBatchField.rowElements);
  const batch = count(pointer(instruction, StoreBatchField.statePointer), RunStateField.batch);
  const start = partStart(rows, part, parts, 1);
  const end = partStart(rows, part + 1, parts, 1);
  const source = pointer(instruction, StoreBatchField.sourcePointer) + ((<usize>start * rowElements) << 2);
  const first = <usize>batch * rows + start;
  copyWords(
    pointer(instruction, StoreBatchField.targetPointer) + ((first * rowElements) << 2),
    source,
    (end - start) * rowElements,
  );
}
