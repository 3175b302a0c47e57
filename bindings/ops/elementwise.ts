// Element-wise primitives: shape rule, fusion and lowering for all of them. What each computes and its gradient stand in the
// tables of elementwise/; the kernel twin is assembly/ops/elementwise.ts.

import {
  ELEMENTWISE_REGISTERS,
  ElementwiseField,
  ElementwiseLoadField,
  ElementwiseOp,
  ElementwiseSlotField,
  ElementwiseStepField,
  Opcode,
} from '../../assembly/opcodes.js';
import { DTypeError } from '../runtime/errors.js';
import { sumToShape } from '../graph/differentiate.js';
import { encode, encodeRecord, type InstructionWords, type Word } from '../graph/encode.js';
import { storageOf } from '../graph/graph.js';
import type { DType, ElementwiseName, LowerContext, OpAttributes, OpName, OpRule } from '../graph/op.js';
import { broadcastShapes, broadcastStrides, mergeDimensions, sameShape, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

/** What differs from one element-wise function to the next. */
export interface ElementwiseFunction<P extends ElementwiseName> {
  /** Operands: 0 for the random ones, whose shape is an attribute. */
  arity: 0 | 1 | 2 | 3;
  /** Type of the operands, float32 unless said. */
  operands?: DType;
  /** The words p0 and p1 of the instruction. */
  parameters?(attributes: OpAttributes[P]): [Word, Word];
  /** Gradients of the operands in the result's shape. Absent: not differentiable. */
  gradient?(node: Tensor<P>, outputGradient: Tensor): readonly (Tensor | undefined)[];
  /** Floating-point operations an element, as the kernel does them. */
  flops: number;
}

export type ElementwiseTable<P extends ElementwiseName> = { readonly [N in P]: ElementwiseFunction<N> };

/** The rules of a table of element-wise functions. */
export function elementwiseRules<P extends ElementwiseName>(table: ElementwiseTable<P>): { [N in P]: OpRule<N> } {
  const entries = Object.entries(table) as [P, ElementwiseFunction<P>][];
  return Object.fromEntries(entries.map(([op, definition]) => [op, makeRule(op, definition)])) as unknown as {
    [N in P]: OpRule<N>;
  };
}

function makeRule<P extends ElementwiseName>(op: P, definition: ElementwiseFunction<P>): OpRule<P> {
  const { gradient } = definition;
  functions.set(op, definition);
  return {
    infer(inputs, attributes) {
      if (definition.arity === 0) return { shape: (attributes as { shape: Shape }).shape, dtype: 'float32' };
      const expected = definition.operands ?? 'float32';
      for (const input of inputs) {
        if (input.dtype !== expected) {
          const fix = input.dtype === 'int32' ? ' Call toFloat() on it first.' : '';
          throw new DTypeError(`${op}: expected ${expected}, got ${input.dtype} in ${input.describe()}.${fix}`);
        }
      }
      const where = inputs[0]!.graph.scope ? `${inputs[0]!.graph.scope}/${op}` : op;
      return { shape: broadcastShapes(where, ...inputs.map((input) => input.shape)), dtype: 'float32' };
    },
    ...(gradient && {
      gradient: (node, outputGradient) =>
        gradient(node, outputGradient).map((operand, i) => operand && sumToShape(operand, node.inputs[i]!.shape)),
    }),
    flops: (node) => node.size * definition.flops,
    readThrough: readBehindStretches,
    absorb: absorbElementwise,
    inPlace: elementwiseInPlace,
    lower: lowerElementwise,
  };
}

/** Every function that has a rule, for lowering: a unit mixes several. */
const functions = new Map<OpName, ElementwiseFunction<ElementwiseName>>();

const isElementwise = (tensor: Tensor): boolean => functions.has(tensor.op);

/** Takes an element-wise consumer of the members' shape in, as long as the registers last. */
export function absorbElementwise(members: readonly Tensor[], consumer: Tensor): boolean {
  // Members may stem from several operands of the consumer: each must have its shape.
  if (!isElementwise(consumer) || !members.every(({ shape }) => sameShape(shape, consumer.shape))) return false;
  const all = [...members, consumer];
  return broadcastOperands(all).length + all.length <= ELEMENTWISE_REGISTERS;
}

/** Operands from outside that the result may overwrite: read element by element, never stretched. */
export function elementwiseInPlace(members: readonly Tensor[]): readonly Tensor[] {
  const result = members.at(-1)!;
  const stretched = new Set(broadcastOperands(members).map(({ operand }) => storageOf(operand).id));
  return outsideOperands(members).filter(
    (operand) => sameShape(operand.shape, result.shape) && !stretched.has(storageOf(operand).id),
  );
}

/** Replaces operands that were stretched to the result's shape by what was stretched: loads stretch for nothing. */
function readBehindStretches(inputs: readonly Tensor[]): readonly Tensor[] {
  const isStretched = (input: Tensor) => input.op === 'broadcastTo';
  if (!inputs.some(isStretched)) return inputs;
  const sources = inputs.map((input) => (isStretched(input) ? input.inputs[0]! : input));
  const shape = broadcastShapes('', ...inputs.map((input) => input.shape));
  return sameShape(broadcastShapes('', ...sources.map((source) => source.shape)), shape) ? sources : inputs;
}

function outsideOperands(members: readonly Tensor[]): Tensor[] {
  const inside = new Set(members);
  return members.flatMap((member) => member.inputs.filter((input) => !inside.has(input)));
}

/** An operand read with a shape that is not its own. */
interface BroadcastOperand {
  operand: Tensor;
  target: Shape;
}

function broadcastOperands(members: readonly Tensor[]): BroadcastOperand[] {
  const shape = members.at(-1)!.shape;
  const distinct = new Map<number, BroadcastOperand>();
  for (const operand of outsideOperands(members)) {
    if (!sameShape(operand.shape, shape)) distinct.set(operand.id, { operand, target: shape });
  }
  return [...distinct.values()];
}

/** Collects the three lists of an `elementwise` instruction. */
class InstructionBuilder {
  readonly loads: number[] = [];
  readonly slots: number[] = [];
  readonly steps: number[] = [];
  loadCount = 0;
  slotCount = 0;
  stepCount = 0;
  private readonly freeRegisters = Array.from(
    { length: ELEMENTWISE_REGISTERS },
    (_, i) => ELEMENTWISE_REGISTERS - 1 - i,
  );

  takeRegister(): number {
    const register = this.freeRegisters.pop();
    if (register === undefined) throw new Error('an element-wise unit needs more registers than there are');
    return register;
  }

  freeRegister(register: number): void {
    this.freeRegisters.push(register);
  }

  addSlot(base: number, isRegister: boolean): number {
    this.slots.push(...encodeRecord(ElementwiseSlotField, { base, isRegister: Number(isRegister) }));
    return this.slotCount++;
  }

  addLoad(operand: Tensor, target: Shape, sourcePointer: number): number {
    const register = this.takeRegister();
    const dimensions = operand.size === 1 ? [] : mergeDimensions(target, broadcastStrides(operand.shape, target));
    this.loads.push(
      ...encodeRecord(ElementwiseLoadField, { sourcePointer, register, rank: dimensions.length }),
      ...dimensions.flatMap(({ size, strides }) => [size, strides[0]!]),
    );
    this.loadCount++;
    return this.addSlot(register, true);
  }

  addStep(fields: Parameters<typeof encodeRecord<typeof ElementwiseStepField>>[1]): void {
    this.steps.push(...encodeRecord(ElementwiseStepField, fields));
    this.stepCount++;
  }
}

export function lowerElementwise(members: readonly Tensor[], context: LowerContext): InstructionWords[] {
  const builder = new InstructionBuilder();
  const result = members.at(-1)!;
  const slotOf = new Map<Tensor, number>();
  for (const { operand, target } of broadcastOperands(members)) {
    slotOf.set(operand, builder.addLoad(operand, target, context.address(operand)));
  }
  for (const operand of outsideOperands(members)) {
    if (!slotOf.has(operand)) slotOf.set(operand, builder.addSlot(context.address(operand), false));
  }
  const registerOf = new Map<Tensor, number>();
  members.forEach((member, position) => {
    const definition = functions.get(member.op)!;
    const [a = 0, b = 0, c = 0] = member.inputs.map((input) => slotOf.get(input)!);
    freeDeadRegisters(members, position, registerOf, builder);
    const output = member === result ? builder.addSlot(context.address(result), false) : newRegister(member);
    slotOf.set(member, output);
    const [p0, p1] = definition.parameters?.(member.attributes) ?? [0, 0];
    builder.addStep({ op: ElementwiseOp[member.op as ElementwiseName], output, a, b, c, p0, p1 });
  });

  function newRegister(member: Tensor): number {
    const register = builder.takeRegister();
    registerOf.set(member, register);
    return builder.addSlot(register, true);
  }

  const fields = {
    count: result.size,
    statePointer: context.stateAddress,
    loads: builder.loadCount,
    slots: builder.slotCount,
    steps: builder.stepCount,
  };
  return [encode(Opcode.elementwise, ElementwiseField, fields, [...builder.loads, ...builder.slots, ...builder.steps])];
}

/** Gives back the registers of members that nothing after `position` reads; the function there may write over its operand. */
function freeDeadRegisters(
  members: readonly Tensor[],
  position: number,
  registerOf: Map<Tensor, number>,
  builder: InstructionBuilder,
): void {
  const later = new Set(members.slice(position + 1).flatMap((member) => member.inputs));
  for (const [member, register] of registerOf) {
    if (later.has(member)) continue;
    builder.freeRegister(register);
    registerOf.delete(member);
  }
}
