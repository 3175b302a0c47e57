// From the opcode of an instruction to its kernel: those that predictions need. The core of `wasmgrad/inference` has no others.

import { Opcode, InstructionField } from './opcodes';
import { count } from './lib/fields';
import { argMax } from './ops/argMax';
import { conv2d } from './ops/conv2d';
import { copyStrided } from './ops/copyStrided';
import { depthwiseConv2d } from './ops/depthwiseConv2d';
import { elementwise } from './ops/elementwise';
import { fill } from './ops/fill';
import { gatherRows } from './ops/gatherRows';
import { gemm } from './ops/gemm';
import { gemmInt8 } from './ops/gemmInt8';
import { moments } from './ops/moments';
import { pool2d } from './ops/pool2d';
import { quantizeRows } from './ops/quantizeRows';
import { recurrent } from './ops/recurrent';
import { reduce } from './ops/reduce';
import { softmax } from './ops/softmax';
import { winogradConv2d, winogradKernel } from './ops/winogradConv2d';

/** Runs one part of one instruction of a prediction. Returns false if what follows it must not run. */
export function runForward(instruction: usize, part: u32, parts: u32): bool {
  switch (count(instruction, InstructionField.opcode)) {
    case Opcode.argMax: argMax(instruction, part, parts); break;
    case Opcode.conv2d: conv2d(instruction, part, parts); break;
    case Opcode.copyStrided: copyStrided(instruction, part, parts); break;
    case Opcode.depthwiseConv2d: depthwiseConv2d(instruction, part, parts); break;
    case Opcode.elementwise: elementwise(instruction, part, parts); break;
    case Opcode.fill: fill(instruction, part, parts); break;
    case Opcode.gatherRows: return gatherRows(instruction, part, parts);
    case Opcode.gemm: gemm(instruction, part, parts); break;
    case Opcode.gemmInt8: gemmInt8(instruction, part, parts); break;
    case Opcode.moments: moments(instruction, part, parts); break;
    case Opcode.recurrent: recurrent(instruction, part, parts); break;
    case Opcode.pool2d: pool2d(instruction, part, parts); break;
    case Opcode.quantizeRows: quantizeRows(instruction, part, parts); break;
    case Opcode.reduce: reduce(instruction, part, parts); break;
    case Opcode.softmax: softmax(instruction, part, parts); break;
    case Opcode.winogradConv2d: winogradConv2d(instruction, part, parts); break;
    case Opcode.winogradKernel: winogradKernel(instruction, part, parts); break;
    default: unreachable();
  }
  return true;
}
