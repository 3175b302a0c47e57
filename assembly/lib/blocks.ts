// How sums over a long depth are cut into blocks: the same for every kernel and path, for it shows in the bits.

import { GEMM_DEPTH_BLOCK, GEMM_LAST_BLOCK } from '../opcodes';

/** Depth of the next block where `left` steps are left. */
@inline
export function blockDepth(left: u32): u32 {
  return left <= <u32>GEMM_LAST_BLOCK ? left : <u32>GEMM_DEPTH_BLOCK;
}

/** One past the last step of the block that `step` of `depth` steps is in. */
@inline
export function blockEnd(step: u32, depth: u32): u32 {
  const start = (step / GEMM_DEPTH_BLOCK) * GEMM_DEPTH_BLOCK;
  return depth - start <= <u32>GEMM_LAST_BLOCK ? depth : start + GEMM_DEPTH_BLOCK;
}
