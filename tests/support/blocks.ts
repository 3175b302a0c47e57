// The blocks in which GEMM and convolutions sum: part of the numeric contract (see GemmField).

import { GEMM_DEPTH_BLOCK, GEMM_LAST_BLOCK } from '../../assembly/opcodes.js';

/** Where each block of a sum over `depth` terms begins and ends. */
export function blocksOf(depth: number): [start: number, end: number][] {
  const blocks: [number, number][] = [];
  for (let start = 0; start < depth;) {
    const end = depth - start <= GEMM_LAST_BLOCK ? depth : start + GEMM_DEPTH_BLOCK;
    blocks.push([start, end]);
    start = end;
  }
  return blocks;
}
