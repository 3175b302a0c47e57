// Assignments without a copy: the unit that computes the value writes it straight to the target, where nothing could tell.

import type { Unit } from './fuse.js';
import { storageOf } from './graph.js';
import { DTYPE_BYTES, type OpAttributes, type Placement } from './op.js';
import type { Tensor } from './tensor.js';

/** Bytes of a region. */
interface Range {
  region: string;
  begin: number;
  end: number;
}

function rangeOf(tensor: Tensor): Range | undefined {
  const storage = storageOf(tensor);
  if (storage.op !== 'leaf') return undefined;
  const { region, byteOffset } = (storage.attributes as OpAttributes['leaf']).placement;
  return { region, begin: byteOffset, end: byteOffset + storage.size * DTYPE_BYTES[storage.dtype] };
}

const overlap = (a: Range, b: Range): boolean => a.region === b.region && a.begin < b.end && b.begin < a.end;

const isSame = (a: Range, b: Range): boolean => a.region === b.region && a.begin === b.begin && a.end === b.end;

/** Whether a unit, other than the assignment, may read or write bytes of the target. */
function touches({ inputs, result }: Unit, target: Range, outputs: ReadonlyMap<number, Placement>): boolean {
  if (inputs.some((input) => overlapsLeaf(input, target))) return true;
  const placement = outputs.get(result.id);
  if (!placement) return false;
  const begin = placement.byteOffset;
  return overlap({ region: placement.region, begin, end: begin + 4 * result.size }, target);
}

const mayEndStep = ({ result }: Unit): boolean => result.graph.rule(result.op).mayEndStep === true;

function overlapsLeaf(tensor: Tensor, target: Range): boolean {
  const range = rangeOf(tensor);
  return range !== undefined && overlap(range, target);
}

/** Units without the assignments that were saved, and where the results lie that were asked to be somewhere. */
export interface StraightWrites {
  units: Unit[];
  placements: Map<number, Placement>;
}

/**
 * Takes out each assignment whose value's unit can write to the target itself: the value is read in place or not at all
 * there, nothing between the two touches the target, and nothing changes the target while the value is still read.
 */
export function writeStraight(units: readonly Unit[], outputs: ReadonlyMap<number, Placement>): StraightWrites {
  const placements = new Map(outputs);
  const producerOf = new Map(units.map((unit, index) => [unit.result.id, index]));
  const kept = units.filter((unit, at) => {
    if (unit.result.op !== 'assign') return true;
    const [target, value] = unit.result.inputs as [Tensor, Tensor];
    const range = rangeOf(target)!;
    const result = storageOf(value);
    const from = producerOf.get(result.id);
    if (from === undefined || placements.has(result.id) || target !== storageOf(target)) return true;
    if (result.size !== target.size || !canOverwrite(units[from]!, range)) return true;
    const lastRead = units.findLastIndex(({ inputs }) => inputs.includes(result));
    const between = units.slice(from + 1, at).some((other) => mayEndStep(other) || touches(other, range, outputs));
    const changed = units.slice(at + 1, lastRead + 1).some((other) => writesTo(other, range, outputs));
    if (between || changed) return true;
    placements.set(result.id, { region: range.region, byteOffset: range.begin });
    return false;
  });
  return { units: kept, placements };
}

/** Whether the unit's result may lie where it reads from: exactly there, element by element, or not at all. */
function canOverwrite({ members, result, inputs }: Unit, target: Range): boolean {
  const inPlace = result.graph.rule(members[0]!.op).inPlace?.(members);
  if (!inPlace) return false;
  const allowed = new Set(inPlace.map(storageOf));
  return inputs.every((input) => {
    const range = rangeOf(input);
    return !range || !overlap(range, target) || (isSame(range, target) && allowed.has(input));
  });
}

function writesTo({ result, members }: Unit, target: Range, outputs: ReadonlyMap<number, Placement>): boolean {
  const written = members.flatMap((member) => {
    const { writes } = member.graph.rule(member.op);
    return writes?.(member).map((i) => member.inputs[i]!) ?? [];
  });
  if (written.some((tensor) => overlapsLeaf(tensor, target))) return true;
  const placement = outputs.get(result.id);
  return placement?.region === target.region && touches({ members, result, inputs: [] }, target, outputs);
}
