// Watches a loss or the gradients: a NaN or an infinity halts the run, whichever part finds it.

import { CheckFiniteField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { laneMask } from '../lib/lanes';
import { partStart } from '../lib/split';

/** Values at whose multiples parts begin: a cache line. */
const GRAIN: u32 = 16;

/** Whether all values of a part are finite. */
export function checkFinite(instruction: usize, part: u32, parts: u32): bool {
  const total = count(instruction, CheckFiniteField.count);
  const start = partStart(total, part, parts, GRAIN);
  let source = pointer(instruction, CheckFiniteField.valuePointer) + ((<usize>start) << 2);
  let left = partStart(total, part + 1, parts, GRAIN) - start;
  let faults = i32x4.splat(0);
  for (; left >= 8; left -= 8) {
    faults = v128.or(faults, v128.or(fault(v128.load(source)), fault(v128.load(source, 16))));
    source += 32;
  }
  for (; left >= 4; left -= 4) {
    faults = v128.or(faults, fault(v128.load(source)));
    source += 16;
  }
  if (left) faults = v128.or(faults, fault(v128.and(v128.load(source), laneMask(left))));
  return !v128.any_true(faults);
}

/** x - x is +0, all bits clear, for finite x and NaN otherwise. */
@inline
function fault(x: v128): v128 {
  return f32x4.sub(x, x);
}
