// Convolutions whose groups have one source channel or one column: no product of matrices is left, so channels are lanes.

export function depthwiseConv2d(instruction: usize, part: u32, parts: u32): void {
  unreachable();
}

export function depthwiseConv2dKernelGradient(instruction: usize, part: u32, parts: u32): void {
  unreachable();
}
