// What a net is trained on, whatever it comes from.

export interface Samples {
  x: Float32Array;
  /** One class number a sample. */
  y: Int32Array;
}

export interface SampleData {
  train: Samples;
  dev: Samples;
  /** Shape of a sample: [features], or [height, width, 1]. */
  shape: readonly number[];
  /** Names of the classes. */
  classes: readonly string[];
  /** Names of the features; none for pictures. */
  features: readonly string[];
  /** Side of the square around the origin that is drawn; undefined where there is no plane to draw. */
  extent: number | undefined;
  /** What was left out or changed, for the reader. */
  notes: readonly string[];
}

/** The samples at these places. */
export function takeSamples(x: Float32Array, y: Int32Array, indices: Int32Array): Samples {
  const size = x.length / y.length;
  const taken = new Float32Array(indices.length * size);
  indices.forEach((index, i) => taken.set(x.subarray(index * size, (index + 1) * size), i * size));
  return { x: taken, y: Int32Array.from(indices, (index) => y[index]!) };
}

/** At least one sample on either side. */
export const devCount = (count: number, share: number): number =>
  Math.min(count - 1, Math.max(1, Math.round(count * share)));
