// Adds float32 values to float64 accumulators: losses and metrics of an epoch, few values at a time.

import { AccumulateField } from '../opcodes';
import { count, pointer } from '../lib/fields';

export function accumulate(instruction: usize, part: u32, _parts: u32): void {
  if (part) return;
  let value = pointer(instruction, AccumulateField.valuePointer);
  let accumulator = pointer(instruction, AccumulateField.accumulatorPointer);
  const end = value + ((<usize>count(instruction, AccumulateField.count)) << 2);
  for (; value + 8 <= end; value += 8) {
    const terms = f64x2.promote_low_f32x4(v128.load64_zero(value));
    v128.store(accumulator, f64x2.add(v128.load(accumulator), terms));
    accumulator += 16;
  }
  if (value < end) store<f64>(accumulator, load<f64>(accumulator) + <f64>load<f32>(value));
}
