// From a traced graph to instructions: units fused, memory planned; then lowered once addresses are known.

import { InstructionField, ProgramField } from '../../assembly/opcodes.js';
import { writeStraight } from './assigned.js';
import { costOf, worthwhileParts } from './cost.js';
import type { InstructionWords } from './encode.js';
import { fuse, liveTensors, type Unit } from './fuse.js';
import { storageOf, storageOffset, type Graph } from './graph.js';
import type { LowerContext, OpAttributes } from './op.js';
import { ARENA, planMemory, type MemoryPlan, type PlanOptions } from './plan.js';
import type { Tensor } from './tensor.js';

/** A graph that is ready to be lowered: everything but addresses is decided, and nothing is allocated. */
export interface CompiledGraph {
  graph: Graph;
  units: readonly Unit[];
  plan: MemoryPlan;
  /** What instructions read from memory that is known beforehand: distinct scalar constants, then tables. */
  constants: readonly number[];
  /** Where each table begins in `constants`, by the tensor's id. */
  tableOffsets: ReadonlyMap<number, number>;
}

/** Where a program's regions begin. */
export interface AddressMap {
  regions: Readonly<Record<string, number>>;
  constantsAddress: number;
  stateAddress: number;
}

/** One instruction and the unit that it is part of. */
export interface PlacedInstruction {
  unit: Unit;
  words: InstructionWords;
  /** Its first word, counted from the start of the program. */
  wordOffset: number;
}

export function compileGraph(graph: Graph, options: PlanOptions = {}): CompiledGraph {
  const outputs = new Map(graph.outputs.map(({ tensor, placement }) => [tensor.id, placement]));
  const { units, placements } = writeStraight(fuse(graph), outputs);
  const plan = planMemory(units, placements, options);
  return { graph, units, plan, ...collectConstants(graph) };
}

function collectConstants(graph: Graph): Pick<CompiledGraph, 'constants' | 'tableOffsets'> {
  const live = liveTensors(graph);
  const scalars = live
    .filter((tensor) => tensor.op === 'constant')
    .map((tensor) => (tensor.attributes as OpAttributes['constant']).value);
  const constants = [...new Set(scalars)];
  const tableOffsets = new Map<number, number>();
  for (const { id, op, attributes } of live) {
    if (op !== 'table') continue;
    tableOffsets.set(id, constants.length);
    for (const value of (attributes as OpAttributes['table']).values) constants.push(value);
  }
  return { constants, tableOffsets };
}

/** Writes the instructions of a compiled graph for the given addresses. */
export function lower(compiled: CompiledGraph, addresses: AddressMap): PlacedInstruction[] {
  const context: LowerContext = {
    stateAddress: addresses.stateAddress,
    address: (tensor) => addressOf(compiled, tensor, addresses),
    workspace: (members) => workspaceOf(compiled, members.at(-1)!, addresses),
  };
  let wordOffset: number = ProgramField.end;
  return compiled.units.flatMap((unit) => {
    const rule = compiled.graph.rule(unit.members[0]!.op);
    if (!rule.lower) throw new Error(`${unit.result.describe()} cannot be lowered`);
    const instructions = rule.lower(unit.members, context);
    const { flops, bytes } = costOf(unit);
    const parts = worthwhileParts({ flops: flops / instructions.length, bytes: bytes / instructions.length });
    return instructions.map((words) => {
      words[InstructionField.parts] = parts;
      const placed = { unit, words, wordOffset };
      wordOffset += words.length;
      return placed;
    });
  });
}

function workspaceOf({ plan }: CompiledGraph, result: Tensor, { regions }: AddressMap): number {
  const byteOffset = plan.workspaces.get(result.id);
  const arena = regions[ARENA];
  if (byteOffset === undefined || arena === undefined) throw new Error(`${result.describe()} has no workspace`);
  return arena + byteOffset;
}

/** Byte address of a tensor that exists in memory. */
export function addressOf(
  { plan, constants, tableOffsets }: CompiledGraph,
  tensor: Tensor,
  addresses: AddressMap,
): number {
  const storage = storageOf(tensor);
  if (storage.op === 'constant') {
    const { value } = storage.attributes as OpAttributes['constant'];
    return addresses.constantsAddress + 4 * constants.indexOf(value);
  }
  const tableOffset = tableOffsets.get(storage.id);
  if (tableOffset !== undefined) return addresses.constantsAddress + 4 * tableOffset;
  const placement =
    storage.op === 'leaf' ? (storage.attributes as OpAttributes['leaf']).placement : plan.placements.get(storage.id);
  const base = placement && addresses.regions[placement.region];
  if (placement === undefined || base === undefined) {
    throw new Error(`${tensor.describe()} has no address (region ${placement?.region ?? 'unknown'})`);
  }
  return base + placement.byteOffset + storageOffset(tensor);
}
