// Writes and reads instruction words by the field enums of assembly/opcodes.ts, so that both sides share one layout.

import type { Opcode } from '../../assembly/opcodes.js';
import { InstructionField } from '../../assembly/opcodes.js';

/** A float32 field, as opposed to an integer or address. */
export interface Float32Word {
  readonly float32: number;
}

export const float32Word = (value: number): Float32Word => ({ float32: value });

export type Word = number | Float32Word;

/** The fields of an enum such as GemmField: all of them, and no others. */
export type Fields<E> = { [F in Exclude<keyof E, 'end'>]: Word };

/** One encoded instruction: opcode, length and fields. */
export type InstructionWords = Uint32Array;

const convert = new DataView(new ArrayBuffer(4));

/** The 32 bits of a field. */
export function wordBits(word: Word): number {
  if (typeof word === 'number') return word >>> 0;
  convert.setFloat32(0, word.float32);
  return convert.getUint32(0);
}

/** Lays `values` out as the enum says. `tail` follows the fields (lists of variable length). */
export function encode<E extends object>(
  opcode: Opcode,
  layout: E,
  values: Fields<E>,
  tail: readonly number[] = [],
): InstructionWords {
  const end = (layout as Record<string, number>).end!;
  const words = new Uint32Array(end + tail.length);
  words[InstructionField.opcode] = opcode;
  words[InstructionField.words] = words.length;
  for (const [field, value] of Object.entries<Word>(values)) {
    words[(layout as Record<string, number>)[field]!] = wordBits(value);
  }
  words.set(tail, end);
  return words;
}

/** The words of a repeated record (a load, slot or step of an element-wise instruction). */
export function encodeRecord<E extends object>(layout: E, values: Fields<E>): number[] {
  const words = new Array<number>((layout as Record<string, number>).end!).fill(0);
  for (const [field, value] of Object.entries<Word>(values)) {
    words[(layout as Record<string, number>)[field]!] = wordBits(value);
  }
  return words;
}
