// From the opcode of an instruction to its kernel: those that train, and behind them those that predict.

import { Opcode, InstructionField } from './opcodes';
import { count } from './lib/fields';
import { runForward } from './dispatchForward';
import { accumulate } from './ops/accumulate';
import { checkFinite } from './ops/checkFinite';
import { conv2dKernelGradient } from './ops/conv2d';
import { depthwiseConv2dKernelGradient } from './ops/depthwiseConv2dKernelGradient';
import { endStepUnless } from './ops/endStepUnless';
import { gatherBatch } from './ops/gatherBatch';
import { scatterAddRows } from './ops/gatherRows';
import { histogram } from './ops/histogram';
import { orthonormalRows } from './ops/orthonormalRows';
import { permutation } from './ops/permutation';
import { recurrentGradient } from './ops/recurrent';
import { pool2dGradient } from './ops/pool2d';
import { sampleRandom } from './ops/sampleRandom';
import { softmaxGradient } from './ops/softmax';
import { softmaxCrossEntropy, softmaxCrossEntropyGradient } from './ops/softmaxCrossEntropy';
import { storeBatch } from './ops/storeBatch';
import { update } from './ops/update';
import { warp } from './ops/warp';
import { winogradKernelGradient, winogradKernelSums } from './ops/winogradKernelGradient';

/** Runs one part of one instruction. Returns false if what follows it must not run. */
export function runInstruction(instruction: usize, part: u32, parts: u32): bool {
  switch (count(instruction, InstructionField.opcode)) {
    case Opcode.accumulate: accumulate(instruction, part, parts); break;
    case Opcode.checkFinite: return checkFinite(instruction, part, parts);
    case Opcode.conv2dKernelGradient: conv2dKernelGradient(instruction, part, parts); break;
    case Opcode.depthwiseConv2dKernelGradient: depthwiseConv2dKernelGradient(instruction, part, parts); break;
    case Opcode.endStepUnless: return endStepUnless(instruction);
    case Opcode.gatherBatch: gatherBatch(instruction, part, parts); break;
    case Opcode.histogram: histogram(instruction, part, parts); break;
    case Opcode.orthonormalRows: orthonormalRows(instruction, part); break;
    case Opcode.permutation: permutation(instruction, part, parts); break;
    case Opcode.recurrentGradient: recurrentGradient(instruction, part, parts); break;
    case Opcode.pool2dGradient: pool2dGradient(instruction, part, parts); break;
    case Opcode.sampleRandom: sampleRandom(instruction, part, parts); break;
    case Opcode.scatterAddRows: return scatterAddRows(instruction, part, parts);
    case Opcode.softmaxCrossEntropy: softmaxCrossEntropy(instruction, part, parts); break;
    case Opcode.softmaxCrossEntropyGradient: softmaxCrossEntropyGradient(instruction, part, parts); break;
    case Opcode.softmaxGradient: softmaxGradient(instruction, part, parts); break;
    case Opcode.storeBatch: storeBatch(instruction, part, parts); break;
    case Opcode.warp: warp(instruction, part, parts); break;
    case Opcode.winogradKernelGradient: winogradKernelGradient(instruction, part, parts); break;
    case Opcode.winogradKernelSums: winogradKernelSums(instruction, part, parts); break;
    case Opcode.adamUpdate:
    case Opcode.rmspropUpdate:
    case Opcode.sgdUpdate: update(instruction, part, parts); break;
    default: return runForward(instruction, part, parts);
  }
  return true;
}
