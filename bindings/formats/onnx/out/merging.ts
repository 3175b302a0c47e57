// Layers of several inputs, and blocks of layers.

import { identity } from '../axes.js';
import { activate } from './activations.js';
import { Value, type Builder } from './builder.js';
import type { LayerToWrite, LayerWriter, NestedLayer } from './call.js';

/** Positions count where they count in every input that has a mask. */
function mergeMasks({ builder, inputs, mask, setMask }: LayerToWrite): void {
  const masks = inputs.map((_, i) => mask(i)).filter((keep) => keep !== undefined);
  if (masks.length > 0) setMask(masks.reduce((all, keep) => builder.op('Mul', [all, keep])));
}

/** All inputs in the order of axes that the first was made in. */
function merged({ builder, inputs, outputShapes }: LayerToWrite, merge: (names: string[]) => string): Value {
  const { order } = inputs[0]!.first;
  return new Value(outputShapes[0]!, { order, name: merge(inputs.map((input) => builder.in(input, order))) });
}

/** A node of two inputs, again and again. */
const folded =
  (opType: string): LayerWriter =>
  (call) => {
    mergeMasks(call);
    return merged(call, (names) => names.reduce((a, b) => call.builder.op(opType, [a, b])));
  };

/** A node of any number of inputs. */
const joint =
  (opType: string): LayerWriter =>
  (call) => {
    mergeMasks(call);
    return merged(call, (names) => call.builder.op(opType, names));
  };

const concat: LayerWriter = (call) => {
  const { builder, config, inputs } = call;
  const axis = identity(inputs[0]!.rank).at(config.axis as number)!;
  // Along time, masks would have to be joined too: then none is passed on.
  if (axis !== 1) mergeMasks(call);
  return merged(call, (names) => builder.op('Concat', names, { axis: inputs[0]!.first.order.indexOf(axis) }));
};

/** x / |x| along an axis. */
function unit(builder: Builder, x: string, axis: number): string {
  const squares = builder.op('ReduceSum', [builder.op('Mul', [x, x]), builder.ints([axis])], { keepdims: 1 });
  return builder.op('Div', [x, builder.op('Sqrt', [builder.op('Max', [squares, builder.floats([1e-12])])])]);
}

const dot: LayerWriter = ({ builder, config, inputs, outputShapes }) => {
  const axes = config.axes as number | readonly [number, number];
  // Matrices with the axis that is summed over behind, or in front.
  const [left, right] = inputs.map((input, i) => {
    const axis = identity(input.rank).at(typeof axes === 'number' ? axes : axes[i]!)!;
    const x = config.normalize === true ? unit(builder, builder.plain(input), axis) : builder.plain(input);
    const isLeft = i === 0;
    if (input.rank === 2) return builder.op('Unsqueeze', [x, builder.ints([isLeft ? 1 : 2])]);
    return (axis === 2) === isLeft ? x : builder.op('Transpose', [x], { perm: [0, 2, 1] });
  }) as [string, string];
  const product = builder.op('MatMul', [left, right]);
  const shape = outputShapes[0]!;
  return builder.value(builder.op('Reshape', [product, builder.ints([0, ...shape])]), shape);
};

const residual: LayerWriter = (call) => {
  const { builder, config, inputs, nested } = call;
  const branch = config.branch as readonly NestedLayer[];
  const shortcut = config.shortcut as NestedLayer | undefined;
  const counts = new Map<string, number>();
  const through = branch.reduce((value, inner) => {
    const name = inner.name ?? inner.kind;
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    return nested(inner, number === 1 ? `${name}/` : `${name}_${number}/`, [value])[0]!;
  }, inputs[0]!);
  const beside = shortcut ? nested(shortcut, 'shortcut/', inputs)[0]! : inputs[0]!;
  const { order, name } = through.first;
  const sum = new Value(through.shape, { order, name: builder.op('Add', [builder.in(beside, order), name]) });
  return activate(call, config.activation, sum);
};

/** Every step as a sample of its own. */
const timeDistributed: LayerWriter = ({ builder, config, inputs, nested, outputShapes }) => {
  const inner = config.layer as NestedLayer;
  const [steps] = inputs[0]!.shape as [number];
  // A dense layer works on the last axis anyway.
  if (inner.kind === 'dense') return nested(inner, '', inputs, outputShapes);
  return builder.splitSteps(nested(inner, '', [builder.mergeSteps(inputs[0]!)])[0]!, steps);
};

/** Layers that change the weights of another in training. */
const wrapper: LayerWriter = ({ config, inputs, nested, outputShapes }) =>
  nested(config.layer as NestedLayer, '', inputs, outputShapes);

export const merging = {
  add: folded('Add'),
  subtract: folded('Sub'),
  multiply: folded('Mul'),
  average: joint('Mean'),
  maximum: joint('Max'),
  minimum: joint('Min'),
  concat,
  dot,
  residual,
  timeDistributed,
  dropConnect: wrapper,
  weightNoise: wrapper,
} satisfies Record<string, LayerWriter>;
