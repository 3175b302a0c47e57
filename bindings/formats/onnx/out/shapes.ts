// Layers that rearrange, enlarge, pad and cut.

import { identity, inverse, permuted } from '../axes.js';
import { Value, type Attributes } from './builder.js';
import type { LayerToWrite, LayerWriter } from './call.js';

const flatten: LayerWriter = ({ builder, inputs, outputShapes }) =>
  builder.value(builder.op('Flatten', [builder.plain(inputs[0]!)], { axis: 1 }), outputShapes[0]!);

const reshape: LayerWriter = ({ builder, inputs, outputShapes }) => builder.reshape(inputs[0]!, outputShapes[0]!);

/** Another name for the axes: nothing is written. */
const permute: LayerWriter = ({ config, inputs, outputShapes }) => {
  const places = inverse([0, ...(config.dims as number[])]);
  return inputs[0]!.viewed(outputShapes[0]!, (order) => order.map((axis) => places[axis]!));
};

const repeatVector: LayerWriter = ({ builder, config, inputs, outputShapes }) => {
  const apart = builder.op('Unsqueeze', [builder.plain(inputs[0]!), builder.ints([1])]);
  return builder.value(builder.op('Expand', [apart, builder.ints([1, config.n as number, 1])]), outputShapes[0]!);
};

const upSampling: LayerWriter = ({ builder, config, inputs, outputShapes }) => {
  const scales = builder.floats([1, 1, ...(config.size as number[])]);
  const attributes: Attributes =
    config.interpolation === 'bilinear'
      ? { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
      : { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const result = builder.op('Resize', [builder.channelsFirst(inputs[0]!), '', scales], attributes);
  return builder.fromChannelsFirst(result, outputShapes[0]!);
};

/** Widths of the sides of every axis of ours, batch and channels included. */
function sidesOf(given: unknown, rank: number): (readonly [number, number])[] {
  const widths = given as readonly (number | readonly [number, number])[];
  const pairs = rank === 3 && typeof widths[0] === 'number' ? [widths as unknown as readonly [number, number]] : widths;
  return [[0, 0], ...(pairs as readonly (readonly [number, number])[]), [0, 0]];
}

/** A node that treats axes by themselves, in the order that the value was made in. */
function inFirstOrder(
  { inputs, outputShapes }: LayerToWrite,
  apply: (x: string, order: readonly number[]) => string,
): Value {
  const { name, order } = inputs[0]!.first;
  return new Value(outputShapes[0]!, { order, name: apply(name, order) });
}

const zeroPadding: LayerWriter = (call) =>
  inFirstOrder(call, (x, order) => {
    const sides = permuted(sidesOf(call.config.padding, order.length), order);
    const pads = [...sides.map(([before]) => before), ...sides.map(([, after]) => after)];
    return call.builder.op('Pad', [x, call.builder.ints(pads)]);
  });

const cropping: LayerWriter = (call) =>
  inFirstOrder(call, (x, order) => {
    const { builder, config, inputs } = call;
    const axes = identity(order.length).filter((i) => order[i]! > 0);
    const sides = sidesOf(config.cropping, order.length);
    const places = axes.map((i) => order[i]!);
    const starts = places.map((axis) => sides[axis]![0]);
    const ends = places.map((axis) => inputs[0]!.shape[axis - 1]! - sides[axis]![1]);
    return builder.op('Slice', [x, builder.ints(starts), builder.ints(ends), builder.ints(axes)]);
  });

export const shapes = {
  flatten,
  reshape,
  permute,
  repeatVector,
  upSampling1d: upSampling,
  upSampling2d: upSampling,
  zeroPadding1d: zeroPadding,
  zeroPadding2d: zeroPadding,
  cropping1d: cropping,
  cropping2d: cropping,
} satisfies Record<string, LayerWriter>;
