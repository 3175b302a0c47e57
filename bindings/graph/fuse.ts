// Fusion: gathers tensors into units, each of which is lowered together. A tensor with one consumer may be taken into the
// consumer's unit if the rule of the unit's last primitive says so; then it never exists in memory.

import { storageOf, type Graph } from './graph.js';
import type { OpAttributes } from './op.js';
import type { Tensor } from './tensor.js';

/** Tensors computed by one lowering, in trace order; the last one is the result. */
export interface Unit {
  members: readonly Tensor[];
  result: Tensor;
  /** Tensors from outside that the unit reads, without views. */
  inputs: readonly Tensor[];
}

/** Tensors that outputs and effects need, directly or not, in trace order. */
export function liveTensors(graph: Graph): Tensor[] {
  const live = new Set<number>();
  const pending = [
    ...graph.outputs.map((output) => output.tensor),
    ...graph.tensors.filter((tensor) => graph.rule(tensor.op).kind === 'effect'),
  ];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (live.has(tensor.id)) continue;
    live.add(tensor.id);
    pending.push(...tensor.inputs);
  }
  return graph.tensors.filter((tensor) => live.has(tensor.id));
}

/** An effect that changes a region: what reads the region must not be moved past it. */
interface Barrier {
  id: number;
  regions: ReadonlySet<string>;
}

/** Splits the live tensors of a graph into units, in the order in which they run. */
export function fuse(graph: Graph): Unit[] {
  const live = liveTensors(graph);
  const consumers = countConsumers(graph, live);
  const barriers = live.filter((tensor) => graph.rule(tensor.op).kind === 'effect').map(makeBarrier);
  const unitOf = new Map<number, Tensor[]>();

  for (const tensor of live) {
    const { kind } = graph.rule(tensor.op);
    if (kind === 'view' || kind === 'source') continue;
    let members: Tensor[] = [tensor];
    for (const input of kind === 'effect' ? [] : new Set(tensor.inputs)) {
      const producer = unitOf.get(input.id);
      if (!producer || producer.at(-1) !== input || consumers.get(input.id) !== 1) continue;
      if (canJoin(producer, members, barriers)) members = [...producer, ...members].sort((a, b) => a.id - b.id);
    }
    for (const member of members) unitOf.set(member.id, members);
  }
  return [...new Set(unitOf.values())].map(makeUnit).sort((a, b) => a.result.id - b.result.id);
}

/** Consumers of each tensor, where an output that must exist after the run counts as two. */
function countConsumers(graph: Graph, live: readonly Tensor[]): Map<number, number> {
  const consumers = new Map<number, number>();
  const note = (tensor: Tensor, count: number) => consumers.set(tensor.id, (consumers.get(tensor.id) ?? 0) + count);
  for (const tensor of live) {
    for (const input of new Set(tensor.inputs)) note(input, 1);
  }
  for (const output of graph.outputs) note(output.tensor, 2);
  return consumers;
}

function makeBarrier(effect: Tensor): Barrier {
  const written = effect.graph.rule(effect.op).writes?.(effect) ?? [];
  return { id: effect.id, regions: new Set(written.flatMap((i) => regionOf(effect.inputs[i]!) ?? [])) };
}

/** The region that a tensor's memory belongs to, if it is a leaf or a view of one. */
function regionOf(tensor: Tensor): string | undefined {
  const storage = storageOf(tensor);
  return storage.op === 'leaf' ? (storage.attributes as OpAttributes['leaf']).placement.region : undefined;
}

/**
 * Whether the unit that makes an operand may run together with its consumer. The unit's first primitive decides what it
 * takes in; a consumer that has already taken a unit in takes only more of that kind.
 */
function canJoin(producer: readonly Tensor[], members: readonly Tensor[], barriers: readonly Barrier[]): boolean {
  const { graph } = producer[0]!;
  const absorb = graph.rule(producer[0]!.op).absorb;
  if (!absorb) return false;
  if (members.length > 1 && graph.rule(members[0]!.op).absorb !== absorb) return false;
  const consumer = members.at(-1)!;
  const isOvertaken = ({ id, regions }: Barrier) =>
    id > producer[0]!.id &&
    id < consumer.id &&
    producer.some((member) => member.inputs.some((input) => regions.has(regionOf(input) ?? '')));
  if (barriers.some(isOvertaken)) return false;
  return absorb([...producer, ...members.slice(0, -1)], consumer);
}

function makeUnit(members: readonly Tensor[]): Unit {
  const inside = new Set(members.map((member) => member.id));
  const inputs = new Map<number, Tensor>();
  for (const member of members) {
    for (const input of member.inputs) {
      const storage = storageOf(input);
      if (!inside.has(storage.id)) inputs.set(storage.id, storage);
    }
  }
  return { members, result: members.at(-1)!, inputs: [...inputs.values()] };
}
