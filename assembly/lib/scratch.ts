// Working memory that belongs to one thread: packed GEMM panels and element-wise tile registers. Every instance of the
// module has its own, given once by the bindings.

/** Bytes that a thread's scratch needs: GEMM panels are the largest user. */
export const SCRATCH_BYTES: u32 = 1 << 20;

let scratchPointer: usize = 0;

/** Start of this thread's scratch, 64-byte aligned. */
@inline
export function scratch(): usize {
  return scratchPointer;
}

export function setScratch(pointer: usize): void {
  scratchPointer = pointer;
}
