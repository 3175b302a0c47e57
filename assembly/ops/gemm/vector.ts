// GEMM with one row of C, or one column: every element of the matrix is used once, so what bounds it is reading them.
// The kernels are in lib/matvec.ts.
//
// Scratch: | bias of a column, four times | sums of VECTOR_OUTPUTS |

import { GemmField } from '../../opcodes';
import { blockDepth } from '../../lib/blocks';
import { count, real } from '../../lib/fields';
import { f32MatvecByDots, f32MatvecByRows } from '../../lib/matvec';
import { finishRow } from '../../lib/microkernel';
import { scratch } from '../../lib/scratch';
import { applyActivation, lowestOf, span } from './fields';

/** Outputs whose sums are kept in the first-level cache at a time. */
const VECTOR_OUTPUTS: u32 = 2048;
const SUMS: usize = 64;

/**
 * One row of C, or one column whose elements are adjacent (`biasStep` 0: one bias serves all): the vector x times a matrix
 * whose elements are `outputBytes` apart along C and `stepBytes` apart along the depth.
 */
export function multiplyVector(
  instruction: usize,
  x: usize,
  xStep: usize,
  matrix: usize,
  outputBytes: usize,
  stepBytes: usize,
  outputs: u32,
  c: usize,
  bias: usize,
  biasStep: usize,
): void {
  const k = count(instruction, GemmField.k);
  const activation = count(instruction, GemmField.activation);
  const activationParameter = real(instruction, GemmField.activationParameter);
  const lowest = lowestOf(activation);
  const sums = scratch() + SUMS;
  if (bias && !biasStep) {
    v128.store(scratch(), v128.load_splat<f32>(bias));
    bias = scratch();
  }
  for (let first: u32 = 0; first < outputs; first += VECTOR_OUTPUTS) {
    const width = min(outputs - first, VECTOR_OUTPUTS);
    const start = matrix + span(first, outputBytes);
    for (let step: u32 = 0; step < k || !step;) {
      const depth = blockDepth(k - step);
      if (outputBytes == 4) {
        f32MatvecByRows(x + span(step, xStep), xStep, start + span(step, stepBytes), stepBytes, depth, width, sums);
      } else {
        f32MatvecByDots(x + span(step, xStep), xStep, start + span(step, 4), outputBytes, depth, width, sums);
      }
      const isLast = step + depth == k;
      finishRow(sums, width, c, !step, isLast ? bias : 0, biasStep, isLast ? lowest : -Infinity);
      step += max(depth, 1);
    }
    applyActivation(activation, activationParameter, c, 0, 1, width);
    c += VECTOR_OUTPUTS << 2;
    if (bias && biasStep) bias += VECTOR_OUTPUTS << 2;
  }
}
