// Mean and spread of a few figures, such as those of several seeds or folds.

export interface Moments {
  mean: number;
  /** Sample standard deviation, over n - 1; 0 of a single value. */
  spread: number;
}

/** Mean of the values of 0 .. count - 1, summed in their order. A plain loop, since some run over all samples of a step. */
export function meanOver(count: number, valueOf: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += valueOf(i);
  return sum / count;
}

/** Mean and sample standard deviation, the values summed in their order. */
export function momentsOf(values: readonly number[]): Moments {
  const mean = meanOver(values.length, (i) => values[i]!);
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, spread: Math.sqrt(squares / Math.max(values.length - 1, 1)) };
}
