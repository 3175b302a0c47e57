// What predictions are: values with their shape.

import { sizeOf, type Shape } from '../graph/shape.js';

/** Values with their shape, row-major. */
export class Prediction {
  constructor(
    readonly data: Float32Array,
    readonly shape: Shape,
  ) {}

  /** Index of the largest value of each row (along the last axis): the predicted classes. */
  argMax(): Int32Array {
    const columns = this.shape.at(-1)!;
    return Int32Array.from({ length: this.data.length / columns }, (_, row) => {
      let best = row * columns;
      for (let i = best + 1; i < (row + 1) * columns; i++) if (this.data[i]! > this.data[best]!) best = i;
      return best - row * columns;
    });
  }

  /** One array a row. */
  rows(): Float32Array[] {
    const size = sizeOf(this.shape.slice(1));
    return Array.from({ length: this.shape[0]! }, (_, i) => this.data.subarray(i * size, (i + 1) * size));
  }
}

/** Mean and spread of several predictions with dropout and noise. */
export class SampledPrediction extends Prediction {
  constructor(
    mean: Float32Array,
    shape: Shape,
    /** Sample standard deviation (over n - 1) of each value: how unsure the model is. */
    readonly standardDeviation: Float32Array,
    /** Passes that were made. */
    readonly samples: number,
  ) {
    super(mean, shape);
  }
}

/** Predictions of batches, one behind the other. */
export function joinPredictions(parts: readonly Prediction[]): Prediction {
  const data = new Float32Array(parts.reduce((length, part) => length + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return new Prediction(data, [rows, ...parts[0]!.shape.slice(1)]);
}
