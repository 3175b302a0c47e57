import { Opcode } from '../../assembly/opcodes.js';

/** The instructions that the core of `wasmgrad/inference` has: those of assembly/dispatchForward.ts. */
export const FORWARD_OPCODES: ReadonlySet<number> = new Set([
  Opcode.argMax,
  Opcode.conv2d,
  Opcode.copyStrided,
  Opcode.depthwiseConv2d,
  Opcode.elementwise,
  Opcode.fill,
  Opcode.gatherRows,
  Opcode.gemm,
  Opcode.gemmInt8,
  Opcode.moments,
  Opcode.pool2d,
  Opcode.quantizeRows,
  Opcode.recurrent,
  Opcode.reduce,
  Opcode.softmax,
  Opcode.winogradConv2d,
  Opcode.winogradKernel,
]);
