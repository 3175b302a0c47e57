// What a unit costs, and how many threads that is worth.

import type { Unit } from './fuse.js';
import type { Cost } from './op.js';
import { bytesOf } from './plan.js';

/** A part of an instruction that would take less costs more to meet for than it saves: threads meet in about a microsecond. */
const LEAST_PART_NANOSECONDS = 4000;
/** What one thread is taken to do: rather fast, so that what is hardly worth sharing is not shared. */
const FLOPS_PER_NANOSECOND = 30;
const BYTES_PER_NANOSECOND = 10;

/** Arithmetic of a unit, and the bytes it must read and write at least. */
export function costOf(unit: Unit): Cost {
  let flops = 0;
  for (const member of unit.members) {
    const rule = member.graph.rule(member.op);
    flops += rule.flops?.(member) ?? 0;
  }
  let bytes = unit.result.graph.rule(unit.result.op).kind === 'effect' ? 0 : bytesOf(unit.result);
  for (const input of unit.inputs) bytes += bytesOf(input);
  return { flops, bytes };
}

/** Threads that pay for their meeting on an instruction of this cost: at least 1. */
export function worthwhileParts({ flops, bytes }: Cost): number {
  const nanoseconds = Math.max(flops / FLOPS_PER_NANOSECOND, bytes / BYTES_PER_NANOSECOND);
  return Math.max(1, Math.floor(nanoseconds / LEAST_PART_NANOSECONDS));
}
