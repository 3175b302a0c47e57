// Mean and spread of a few figures, such as those of several seeds or folds.

export interface Moments {
  mean: number;
  /** Sample standard deviation, over n - 1; 0 of a single value. */
  spread: number;
}

/** Mean and sample standard deviation, the values summed in their order. */
export function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, spread: Math.sqrt(squares / Math.max(values.length - 1, 1)) };
}
