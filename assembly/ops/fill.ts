// Fills a buffer with one word.

import { FillField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { partStart } from '../lib/split';
import { fillWords } from '../lib/words';

export function fill(instruction: usize, part: u32, parts: u32): void {
  const total = count(instruction, FillField.count);
  const start = partStart(total, part, parts, 16);
  const end = partStart(total, part + 1, parts, 16);
  const target = pointer(instruction, FillField.targetPointer) + ((<usize>start) << 2);
  fillWords(target, count(instruction, FillField.value), end - start);
}
