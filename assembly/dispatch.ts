// From the opcode of an instruction to its kernel.

import { Opcode, InstructionField } from './opcodes';
import { count } from './lib/fields';
import { accumulate } from './ops/accumulate';
import { argMax } from './ops/argMax';
import { checkFinite } from './ops/checkFinite';
import { conv2d, conv2dKernelGradient } from './ops/conv2d';
import { conv2dInt8 } from './ops/conv2dInt8';
import { copyStrided } from './ops/copyStrided';
import { depthwiseConv2d } from './ops/depthwiseConv2d';
import { depthwiseConv2dKernelGradient } from './ops/depthwiseConv2dKernelGradient';
import { elementwise } from './ops/elementwise';
import { endStepUnless } from './ops/endStepUnless';
import { fill } from './ops/fill';
import { gatherBatch } from './ops/gatherBatch';
import { gatherRows, scatterAddRows } from './ops/gatherRows';
import { gemm } from './ops/gemm';
import { moments } from './ops/moments';
import { orthonormalRows } from './ops/orthonormalRows';
import { permutation } from './ops/permutation';
import { recurrent, recurrentGradient } from './ops/recurrent';
import { pool2d, pool2dGradient } from './ops/pool2d';
import { quantizeRows } from './ops/quantizeRows';
import { reduce } from './ops/reduce';
import { sampleRandom } from './ops/sampleRandom';
import { softmax, softmaxGradient } from './ops/softmax';
import { softmaxCrossEntropy, softmaxCrossEntropyGradient } from './ops/softmaxCrossEntropy';
import { storeBatch } from './ops/storeBatch';
import { update } from './ops/update';
import { warp } from './ops/warp';
import { winogradConv2d, winogradKernel } from './ops/winogradConv2d';
import { winogradKernelGradient, winogradKernelSums } from './ops/winogradKernelGradient';

/** Runs one part of one instruction. Returns false if what follows it must not run. */
export function runInstruction(instruction: usize, part: u32, parts: u32): bool {
  switch (count(instruction, InstructionField.opcode)) {
    case Opcode.accumulate: accumulate(instruction, part, parts); break;
    case Opcode.argMax: argMax(instruction, part, parts); break;
    case Opcode.checkFinite: return checkFinite(instruction, part, parts);
    case Opcode.conv2d: conv2d(instruction, part, parts); break;
    case Opcode.conv2dInt8: conv2dInt8(instruction, part, parts); break;
    case Opcode.conv2dKernelGradient: conv2dKernelGradient(instruction, part, parts); break;
    case Opcode.copyStrided: copyStrided(instruction, part, parts); break;
    case Opcode.depthwiseConv2d: depthwiseConv2d(instruction, part, parts); break;
    case Opcode.depthwiseConv2dKernelGradient: depthwiseConv2dKernelGradient(instruction, part, parts); break;
    case Opcode.elementwise: elementwise(instruction, part, parts); break;
    case Opcode.endStepUnless: return endStepUnless(instruction);
    case Opcode.fill: fill(instruction, part, parts); break;
    case Opcode.gatherBatch: gatherBatch(instruction, part, parts); break;
    case Opcode.gatherRows: return gatherRows(instruction, part, parts);
    case Opcode.gemm: gemm(instruction, part, parts); break;
    case Opcode.moments: moments(instruction, part, parts); break;
    case Opcode.orthonormalRows: orthonormalRows(instruction, part); break;
    case Opcode.permutation: permutation(instruction, part, parts); break;
    case Opcode.recurrent: recurrent(instruction, part, parts); break;
    case Opcode.recurrentGradient: recurrentGradient(instruction, part, parts); break;
    case Opcode.pool2d: pool2d(instruction, part, parts); break;
    case Opcode.pool2dGradient: pool2dGradient(instruction, part, parts); break;
    case Opcode.quantizeRows: quantizeRows(instruction, part, parts); break;
    case Opcode.reduce: reduce(instruction, part, parts); break;
    case Opcode.sampleRandom: sampleRandom(instruction, part, parts); break;
    case Opcode.scatterAddRows: return scatterAddRows(instruction, part, parts);
    case Opcode.softmax: softmax(instruction, part, parts); break;
    case Opcode.softmaxCrossEntropy: softmaxCrossEntropy(instruction, part, parts); break;
    case Opcode.softmaxCrossEntropyGradient: softmaxCrossEntropyGradient(instruction, part, parts); break;
    case Opcode.softmaxGradient: softmaxGradient(instruction, part, parts); break;
    case Opcode.storeBatch: storeBatch(instruction, part, parts); break;
    case Opcode.warp: warp(instruction, part, parts); break;
    case Opcode.winogradConv2d: winogradConv2d(instruction, part, parts); break;
    case Opcode.winogradKernel: winogradKernel(instruction, part, parts); break;
    case Opcode.winogradKernelGradient: winogradKernelGradient(instruction, part, parts); break;
    case Opcode.winogradKernelSums: winogradKernelSums(instruction, part, parts); break;
    case Opcode.adamUpdate:
    case Opcode.rmspropUpdate:
    case Opcode.sgdUpdate: update(instruction, part, parts); break;
    default: unreachable();
  }
  return true;
}
