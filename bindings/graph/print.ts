// The listing of a program: what each instruction computes, where its result lies, what it costs.

import { InstructionField, Opcode } from '../../assembly/opcodes.js';
import { formatBytes } from '../runtime/memory.js';
import type { CompiledGraph, PlacedInstruction } from './compile.js';
import type { Unit } from './fuse.js';
import { costOf } from './cost.js';
import type { OpAttributes } from './op.js';
import { formatShape } from './shape.js';
import type { Tensor } from './tensor.js';

/** One line of a listing. */
export interface ListingRow {
  index: number;
  /** The instruction's opcode. */
  opcode: string;
  /** The primitives in it, in the order of computation. */
  ops: string;
  scope: string;
  /** `[64, 784] x [784, 512] -> [64, 512]` */
  shapes: string;
  /** Region and offset of the result. */
  buffer: string;
  flops: number;
  bytes: number;
}

export function listing(compiled: CompiledGraph, instructions: readonly PlacedInstruction[]): ListingRow[] {
  return instructions.map(({ unit, words }, index) => {
    const { members, inputs, result } = unit;
    const isFirst = instructions[index - 1]?.unit !== unit;
    const isEffect = result.graph.rule(result.op).kind === 'effect';
    return {
      index,
      opcode: Opcode[words[InstructionField.opcode]!]!,
      ops: members.map((member) => member.op).join(' '),
      scope: [...new Set(members.map((member) => member.scope))].join(' '),
      shapes: `${inputs.map((input) => formatShape(input.shape)).join(' ')}${isEffect ? '' : ` -> ${formatShape(result.shape)}`}`,
      buffer: isEffect ? '-' : bufferName(compiled, result),
      ...(isFirst ? costOf(unit) : { flops: 0, bytes: 0 }),
    };
  });
}

function bufferName(compiled: CompiledGraph, tensor: Tensor): string {
  const placement =
    tensor.op === 'leaf'
      ? (tensor.attributes as OpAttributes['leaf']).placement
      : compiled.plan.placements.get(tensor.id);
  return placement ? `${placement.region}+${placement.byteOffset}` : '-';
}

/**
 * A listing as text. `times`, in microseconds an instruction, adds columns. Where a unit has several instructions, what it
 * costs, and the rates of all of them together, stand with its first.
 */
export function printProgram(
  compiled: CompiledGraph,
  instructions: readonly PlacedInstruction[],
  times?: readonly number[],
): string {
  const rows = listing(compiled, instructions);
  const header = [
    '#',
    'instruction',
    'part',
    'ops',
    'shapes',
    'result',
    'flops',
    'bytes',
    ...(times ? ['µs', 'GFLOP/s', 'GB/s'] : []),
  ];
  const timeOfUnit = new Map<Unit, number>();
  instructions.forEach(({ unit }, i) => timeOfUnit.set(unit, (timeOfUnit.get(unit) ?? 0) + (times?.[i] ?? 0)));
  const body = rows.map((row, i) => {
    const { unit } = instructions[i]!;
    const isFirst = instructions[i - 1]?.unit !== unit;
    const cells = [
      String(row.index),
      row.opcode,
      row.scope,
      row.ops,
      row.shapes,
      row.buffer,
      ...(isFirst ? [formatCount(row.flops), formatBytes(row.bytes)] : ['', '']),
    ];
    if (!times) return cells;
    const rate = (amount: number) => (isFirst ? (amount / (timeOfUnit.get(unit)! * 1e3)).toFixed(1) : '');
    return [...cells, times[i]!.toFixed(1), rate(row.flops), rate(row.bytes)];
  });
  const flops = rows.reduce((sum, row) => sum + row.flops, 0);
  const summary = [
    `${rows.length} instructions, ${formatCount(flops)} FLOPs, arena ${formatBytes(compiled.plan.arenaBytes)}`,
    ...(times ? [`${times.reduce((sum, time) => sum + time, 0).toFixed(1)} µs a step`] : []),
  ];
  return `${formatTable([header, ...body])}\n${summary.join(', ')}\n`;
}

/** `1.23 M`, for people. */
export function formatCount(count: number): string {
  const units = ['', 'k', 'M', 'G'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? String(value) : `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** Columns padded to their widest cell; numbers are aligned to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumeric = widths.map((_, column) =>
    rows.slice(1).every((row) => /^[-\d.]*( ?[kMGB]B?)?$/.test(row[column]!)),
  );
  const format = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return rows.map(format).join('\n');
}
