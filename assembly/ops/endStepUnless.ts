// Ends a step early: where gradients are gathered over several batches, only the last of them updates the weights.

import { EndStepUnlessField } from '../opcodes';
import { pointer } from '../lib/fields';

/** Whether the step goes on. */
export function endStepUnless(instruction: usize): bool {
  return load<f32>(pointer(instruction, EndStepUnlessField.flagPointer)) != 0;
}
