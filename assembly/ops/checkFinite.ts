// Watches a loss or a gradient norm: a NaN or an infinity halts the run. Every part looks at all values, so that all
// parts come to the same answer without talking.

import { CheckFiniteField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { laneMask } from '../lib/lanes';

/** Whether all values are finite. */
export function checkFinite(instruction: usize): bool {
  let source = pointer(instruction, CheckFiniteField.valuePointer);
  let left = count(instruction, CheckFiniteField.count);
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
