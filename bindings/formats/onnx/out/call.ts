// What a layer is written from, and how layers stand in the tables.

import type { Shape } from '../../../graph/shape.js';
import type { DType } from '../../../graph/op.js';
import type { Builder, Value } from './builder.js';

/** A parameter's values. */
export interface Weight {
  path: string;
  shape: Shape;
  values: Float32Array;
}

/** One call of a layer. */
export interface LayerToWrite {
  builder: Builder;
  kind: string;
  /** How it is called in the model. */
  name: string;
  config: Readonly<Record<string, unknown>>;
  inputs: readonly Value[];
  /** Of a sample of each output. */
  outputShapes: readonly Shape[];
  /** A parameter by its name in the layer. */
  weight(name: string): Weight;
  has(name: string): boolean;
  /** The mask of an input: [batch, time] of 0 and 1. */
  mask(input?: number): string | undefined;
  setMask(mask: string | undefined, output?: number): void;
  /** Writes a layer within the layer. */
  nested(inner: NestedLayer, prefix: string, inputs: readonly Value[], shapes?: readonly Shape[]): readonly Value[];
}

/** A layer within a layer, as configurations have it. */
export interface NestedLayer {
  kind: string;
  name?: string;
  config?: Readonly<Record<string, unknown>>;
}

/** Writes a layer: its outputs. */
export type LayerWriter = (call: LayerToWrite) => Value | readonly Value[];

export type DTypeOfInput = Exclude<DType, 'uint8'>;

/** The tensor of a parameter as it stands. */
export function initializerOf({ builder, weight }: LayerToWrite, name: string): string {
  const { path, shape, values } = weight(name);
  return builder.weights(path, shape, () => values);
}

/** A parameter in another shape and order, under its path. */
export function reordered(
  { builder, weight }: LayerToWrite,
  name: string,
  shape: (shape: Shape) => Shape,
  change: (values: Float32Array, shape: Shape) => Float32Array,
): string {
  const { path, shape: own, values } = weight(name);
  return builder.weights(path, shape(own), () => change(values, own));
}
