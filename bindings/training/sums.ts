// The sums of losses and metrics that steps add to, and the figures made of them.

import type { ProgramMemory } from '../inference/programMemory.js';
import type { Logs } from '../model/history.js';
import { SUMS, type Figure } from './file.js';

export const sumsLength = (figures: readonly Figure[]): number =>
  figures.reduce((length, figure) => Math.max(length, figure.offset + figure.length), 0);

export const clearSums = (memory: ProgramMemory, figures: readonly Figure[]): void =>
  void memory.float64(memory.addressOf(SUMS), sumsLength(figures)).fill(0);

export function readFigures(memory: ProgramMemory, figures: readonly Figure[], samples: number): Logs {
  const sums = memory.float64(memory.addressOf(SUMS), sumsLength(figures));
  return Object.fromEntries(
    figures.map(({ name, offset, length }) => {
      const divisor = length === 1 ? samples : sums[offset + 1]!;
      return [name, divisor > 0 ? sums[offset]! / divisor : 0];
    }),
  );
}
