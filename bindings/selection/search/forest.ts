// A small random forest of regression trees on the unit cube, whose leaves are boxes: what parameter importance looks at.

import { range } from '../../data/splits/groups.js';
import type { RandomSequence } from '../../runtime/random.js';

/** A box and the mean of the samples in it. */
export interface Leaf {
  low: number[];
  high: number[];
  value: number;
}

interface Split {
  column: number;
  threshold: number;
  error: number;
}

const MINIMUM_SAMPLES = 2;

/** The split of one column that leaves the smallest sum of squares: n₁ m₁² + n₂ m₂² is largest. */
function splitColumn(
  x: readonly (readonly number[])[],
  y: readonly number[],
  samples: number[],
  column: number,
): Split | undefined {
  const order = [...samples].sort((a, b) => x[a]![column]! - x[b]![column]! || a - b);
  const total = order.reduce((sum, i) => sum + y[i]!, 0);
  let best: Split | undefined;
  let left = 0;
  for (let i = 0; i + 1 < order.length; i++) {
    left += y[order[i]!]!;
    const [here, next] = [x[order[i]!]![column]!, x[order[i + 1]!]![column]!];
    if (here === next) continue;
    const right = total - left;
    const error = -(left * left) / (i + 1) - (right * right) / (order.length - i - 1);
    if (!best || error < best.error) best = { column, threshold: (here + next) / 2, error };
  }
  return best;
}

/** The leaves of a tree grown on samples; each split looks at so many columns, drawn at random. */
export function growTree(
  x: readonly (readonly number[])[],
  y: readonly number[],
  rows: number[],
  columnsPerSplit: number,
  random: RandomSequence,
): Leaf[] {
  const columns = range(x[0]!.length);
  const leaves: Leaf[] = [];
  const grow = (samples: number[], low: number[], high: number[]): void => {
    const value = samples.reduce((sum, i) => sum + y[i]!, 0) / samples.length;
    const isPure = samples.every((i) => y[i] === y[samples[0]!]);
    const candidates = random.shuffled(columns).slice(0, columnsPerSplit);
    const best =
      samples.length < MINIMUM_SAMPLES || isPure
        ? undefined
        : candidates
            .flatMap((column) => splitColumn(x, y, samples, column) ?? [])
            .reduce<Split | undefined>((a, b) => (a && a.error <= b.error ? a : b), undefined);
    if (!best) {
      leaves.push({ low, high, value });
      return;
    }
    const { column, threshold } = best;
    const isLeft = (i: number) => x[i]![column]! <= threshold;
    grow(samples.filter(isLeft), low, high.with(column, threshold));
    grow(
      samples.filter((i) => !isLeft(i)),
      low.with(column, threshold),
      high,
    );
  };
  grow(rows, columns.map(() => 0), columns.map(() => 1)); // prettier-ignore
  return leaves;
}

const volume = ({ low, high }: Leaf, without?: number): number =>
  low.reduce((product, start, i) => (i === without ? product : product * (high[i]! - start)), 1);

/** What share of a tree's variance over the cube each column explains by itself. Undefined of a tree of one value. */
export function mainEffects(leaves: readonly Leaf[], columns: number): number[] | undefined {
  const mean = leaves.reduce((sum, leaf) => sum + volume(leaf) * leaf.value, 0);
  const variance = leaves.reduce((sum, leaf) => sum + volume(leaf) * (leaf.value - mean) * (leaf.value - mean), 0);
  if (variance === 0) return undefined;
  return range(columns).map((column) => {
    const ends = [...new Set(leaves.flatMap(({ low, high }) => [low[column]!, high[column]!]))].sort((a, b) => a - b);
    let share = 0;
    for (let i = 0; i + 1 < ends.length; i++) {
      const [from, to] = [ends[i]!, ends[i + 1]!];
      const inside = leaves.filter(({ low, high }) => low[column]! <= from && high[column]! >= to);
      const marginal = inside.reduce((sum, leaf) => sum + leaf.value * volume(leaf, column), 0);
      share += (to - from) * (marginal - mean) * (marginal - mean);
    }
    return share / variance;
  });
}
