// Finds out where a NaN or infinity came from: runs the halted step again, one instruction at a time.

import type { PlacedInstruction } from '../graph/compile.js';
import type { OpAttributes } from '../graph/op.js';
import type { Program } from '../graph/program.js';
import type { Tensor } from '../graph/tensor.js';
import { NotFiniteError } from '../runtime/errors.js';
import type { Runtime } from '../runtime/runtime.js';
import { GRADIENTS, PARAMETERS, type ParameterStore } from './parameters.js';

const ADVICE =
  'The weights are those of the last finished step. Lower the learning rate, set globalClipNorm, or look at the data.';

/** An error that names the first parameter or operation with a value that is not finite. */
export function explainNotFinite(
  runtime: Runtime,
  store: ParameterStore,
  program: Program,
  halted: PlacedInstruction,
  feeds: ArrayLike<number>,
): NotFiniteError {
  const { step } = store;
  const isLoss = !checksGradients(halted);
  const found = isLoss
    ? (findSegment(store, PARAMETERS, 'the parameter') ?? findOperation(runtime, program, feeds) ?? 'the loss')
    : findSegment(store, GRADIENTS, 'the gradient of')!;
  const message = `${isLoss ? 'The loss' : 'A gradient'} is not finite at step ${step + 1}. The first NaN or infinity is in ${found}. ${ADVICE}`;
  return new NotFiniteError(message, found, step);
}

const hasNotFinite = (values: Float32Array): boolean => values.some((value) => !Number.isFinite(value));

/** Whether the instruction that halted the step looked at the gradients, and not at the loss. */
function checksGradients({ unit }: PlacedInstruction): boolean {
  const checked = unit.inputs[0];
  return checked?.op === 'leaf' && (checked.attributes as OpAttributes['leaf']).placement.region === GRADIENTS;
}

function findSegment(store: ParameterStore, region: string, kind: string): string | undefined {
  const path = Object.entries(store.views(region)).find(([, values]) => hasNotFinite(values))?.[0];
  return path && `${kind} ${path}`;
}

function findOperation(runtime: Runtime, program: Program, feeds: ArrayLike<number>): string | undefined {
  program.setFeeds(feeds);
  const { instructions } = program;
  for (const [index, instruction] of instructions.entries()) {
    const { unit } = instruction;
    if (!program.runInstruction(instruction)) return undefined;
    const isComplete = instructions[index + 1]?.unit !== unit;
    const isEffect = unit.result.graph.rule(unit.result.op).kind === 'effect';
    if (!isComplete || isEffect || unit.result.dtype !== 'float32') continue;
    const values = runtime.float32(program.addressOf(unit.result), unit.result.size);
    if (hasNotFinite(values)) return unit.members.map(describe).join(', ');
  }
  return undefined;
}

const describe = (tensor: Tensor): string => `${tensor.scope ? `${tensor.scope}/` : ''}${tensor.op}`;
