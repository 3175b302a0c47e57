// Memory planning: gives every intermediate an offset in one arena, by the time it is live, before anything is allocated.

import { alignUp } from '../runtime/memory.js';
import type { Unit } from './fuse.js';
import { storageOf } from './graph.js';
import { DTYPE_BYTES, type Placement } from './op.js';
import type { Tensor } from './tensor.js';

const ALIGNMENT_BYTES = 16;

/** One stretch of the arena, used by one tensor or by several that take it over in place. */
export interface Allocation {
  byteOffset: number;
  /** Bytes that the tensors hold. */
  bytes: number;
  /** Bytes reserved: alignment and guard words included. */
  reservedBytes: number;
  /** Index of the first and last unit between which it must keep its content. */
  firstUnit: number;
  lastUnit: number;
  /** None for the workspace of a unit. */
  tensors: Tensor[];
}

export interface MemoryPlan {
  /** Size of the arena. */
  arenaBytes: number;
  allocations: readonly Allocation[];
  /** Where each materialised tensor lies, by id: the arena, or the region it was asked to be in. */
  placements: ReadonlyMap<number, Placement>;
  /** Where the workspaces of units lie in the arena, by the id of the unit's result. */
  workspaces: ReadonlyMap<number, number>;
}

export interface PlanOptions {
  /** Bytes left free behind every buffer for guard words. With guards no memory is used twice. */
  guardBytes?: number;
}

export const ARENA = 'arena';

export const bytesOf = (tensor: Tensor): number => tensor.size * DTYPE_BYTES[tensor.dtype];

/** Plans the arena for units in running order; `outputs` are the tensors that lie elsewhere. */
export function planMemory(
  units: readonly Unit[],
  outputs: ReadonlyMap<number, Placement>,
  options: PlanOptions = {},
): MemoryPlan {
  const { guardBytes = 0 } = options;
  const workspaceOf = makeWorkspaces(units, guardBytes);
  const allocations = [...makeAllocations(units, outputs, guardBytes), ...workspaceOf.values()];
  const arenaBytes = guardBytes > 0 ? placeApart(allocations) : placeBySize(allocations);
  const placements = new Map(outputs);
  for (const allocation of allocations) {
    for (const tensor of allocation.tensors) {
      placements.set(tensor.id, { region: ARENA, byteOffset: allocation.byteOffset });
    }
  }
  const workspaces = new Map([...workspaceOf].map(([id, { byteOffset }]) => [id, byteOffset]));
  return { arenaBytes, allocations, placements, workspaces };
}

/** What units need for themselves, by the id of their result. */
function makeWorkspaces(units: readonly Unit[], guardBytes: number): Map<number, Allocation> {
  const workspaces = new Map<number, Allocation>();
  units.forEach(({ members, result }, index) => {
    const bytes = result.graph.rule(members[0]!.op).workspaceBytes?.(members) ?? 0;
    if (bytes > 0) workspaces.set(result.id, allocate(bytes, guardBytes, index, index, []));
  });
  return workspaces;
}

function allocate(
  bytes: number,
  guardBytes: number,
  firstUnit: number,
  lastUnit: number,
  tensors: Tensor[],
): Allocation {
  const reservedBytes = alignUp(bytes + guardBytes, ALIGNMENT_BYTES);
  return { byteOffset: 0, bytes, reservedBytes, firstUnit, lastUnit, tensors };
}

function makeAllocations(
  units: readonly Unit[],
  outputs: ReadonlyMap<number, Placement>,
  guardBytes: number,
): Allocation[] {
  const lastUse = new Map<number, number>();
  units.forEach((unit, index) => unit.inputs.forEach((input) => lastUse.set(input.id, index)));

  const allocationOf = new Map<number, Allocation>();
  units.forEach(({ members, result }, index) => {
    const rule = result.graph.rule(result.op);
    if (rule.kind === 'effect' || outputs.has(result.id)) return;
    const lastUnit = lastUse.get(result.id) ?? index;
    const starter = result.graph.rule(members[0]!.op);
    const taken = guardBytes > 0 ? undefined : findInPlace(starter.inPlace?.(members) ?? [], result, index);
    if (taken) {
      taken.lastUnit = lastUnit;
      taken.tensors.push(result);
      allocationOf.set(result.id, taken);
      return;
    }
    allocationOf.set(result.id, allocate(bytesOf(result), guardBytes, index, lastUnit, [result]));
  });

  function findInPlace(candidates: readonly Tensor[], result: Tensor, index: number): Allocation | undefined {
    for (const candidate of candidates) {
      const allocation = allocationOf.get(storageOf(candidate).id);
      if (allocation && allocation.lastUnit === index && allocation.bytes === bytesOf(result)) return allocation;
    }
    return undefined;
  }
  return [...new Set(allocationOf.values())];
}

/** Largest first, each at the lowest offset where it meets no other that is live at the same time. */
function placeBySize(allocations: Allocation[]): number {
  const placed: Allocation[] = [];
  let end = 0;
  for (const allocation of [...allocations].sort((a, b) => b.reservedBytes - a.reservedBytes)) {
    const neighbours = placed
      .filter((other) => other.firstUnit <= allocation.lastUnit && allocation.firstUnit <= other.lastUnit)
      .sort((a, b) => a.byteOffset - b.byteOffset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + allocation.reservedBytes <= other.byteOffset) break;
      offset = Math.max(offset, other.byteOffset + other.reservedBytes);
    }
    allocation.byteOffset = offset;
    placed.push(allocation);
    end = Math.max(end, offset + allocation.reservedBytes);
  }
  return end;
}

function placeApart(allocations: Allocation[]): number {
  let end = 0;
  for (const allocation of allocations) {
    allocation.byteOffset = end;
    end += allocation.reservedBytes;
  }
  return end;
}
