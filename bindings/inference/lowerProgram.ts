// Lowers a graph for regions whose addresses are not known yet, for files of compiled programs.

import { ProgramField } from '../../assembly/opcodes.js';
import type { StoredTensor } from '../formats/safetensors.js';
import { lower, type CompiledGraph, type PlacedInstruction } from '../graph/compile.js';
import { ARENA as PLAN_ARENA } from '../graph/plan.js';
import { tensorOf } from '../model/saving/values.js';
import * as file from './file.js';

/** So far a region is moved to see which words follow it; a multiple of every alignment. */
const MOVE_BYTES = 4096;

/** A program of a file: its instructions, what the metadata say of it, and its tensors. */
export interface WrittenProgram {
  instructions: readonly PlacedInstruction[];
  description: file.ProgramDescription;
  tensors: readonly (readonly [string, StoredTensor])[];
}

/**
 * @param name Of the program in the file.
 * @param regions The regions of its tensors, with their names in the file; that of the arena is added.
 */
export function writeProgram(
  name: string,
  rows: number,
  compiled: CompiledGraph,
  regions: ReadonlyMap<string, string>,
): WrittenProgram {
  const { instructions, words, relocations } = relocate(compiled, new Map([...regions, [PLAN_ARENA, file.ARENA]]));
  return {
    instructions,
    description: { rows, arenaBytes: compiled.plan.arenaBytes, lookUps: lookUpsOf(instructions) },
    tensors: [
      [file.wordsTensor(name), tensorOf(words)],
      [file.constantsTensor(name), tensorOf(Float32Array.from(compiled.constants))],
      ...relocations.map(([region, at]): [string, StoredTensor] => [
        file.relocationsTensor(name, region),
        tensorOf(Uint32Array.from(at)),
      ]),
    ],
  };
}

/**
 * Which words are addresses of a region, and not counts that happen to look so, is found by lowering again with that region
 * moved: exactly its addresses change. No rule of an op needs to tell. In the words an address is the offset in its region.
 */
function relocate(compiled: CompiledGraph, regions: ReadonlyMap<string, string>) {
  const names = [...regions.values(), file.CONSTANTS, file.STATE];
  const span = Math.floor(2 ** 32 / (names.length + 2) / MOVE_BYTES) * MOVE_BYTES;
  const base = new Map(names.map((name, i) => [name, (i + 1) * span]));
  const lowerWith = (moved?: string): PlacedInstruction[] => {
    const addressOf = (name: string): number => base.get(name)! + (name === moved ? MOVE_BYTES : 0);
    return lower(compiled, {
      regions: Object.fromEntries([...regions].map(([region, name]) => [region, addressOf(name)])),
      constantsAddress: addressOf(file.CONSTANTS),
      stateAddress: addressOf(file.STATE),
    });
  };
  const instructions = lowerWith();
  const lowered = joinWords(instructions);
  const words = lowered.slice();
  const relocations = names.map((name): [string, number[]] => {
    const after = joinWords(lowerWith(name));
    const at = [...lowered.keys()].filter((i) => after[i] !== lowered[i]);
    for (const i of at) {
      if (after[i]! - lowered[i]! !== MOVE_BYTES) throw new Error(`word ${i} depends on the address of ${name}`);
      words[i] = lowered[i]! - base.get(name)!;
    }
    return [name, at];
  });
  return { instructions, words, relocations: relocations.filter(([, at]) => at.length > 0) };
}

/** The words of a program, its header left blank. */
function joinWords(instructions: readonly PlacedInstruction[]): Uint32Array {
  const last = instructions.at(-1);
  const joined = new Uint32Array(last ? last.wordOffset + last.words.length : ProgramField.end);
  for (const { words, wordOffset } of instructions) joined.set(words, wordOffset);
  return joined;
}

const lookUpsOf = (instructions: readonly PlacedInstruction[]): file.LookUp[] =>
  instructions
    .filter(({ unit }) => unit.result.op === 'gatherRows')
    .map(({ unit: { result }, wordOffset }) => ({
      word: wordOffset,
      layer: result.scope || result.op,
      rows: result.inputs[0]!.shape[0]!,
    }));
