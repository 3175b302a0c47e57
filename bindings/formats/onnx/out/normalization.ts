// Normalisation, and what else scales and shifts.

import { identity } from '../axes.js';
import { activate } from './activations.js';
import { initializerOf, reordered, type LayerToWrite, type LayerWriter } from './call.js';
import { sinusoids } from '../../../layers/positionalEncoding.js';

/** A parameter, or as many times the same value where the layer does without. */
const parameterOr = (call: LayerToWrite, name: string, shape: readonly number[], value: number): string =>
  call.has(name)
    ? initializerOf(call, name)
    : call.builder.weights(`${call.name}/${name}`, shape, () =>
        new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
      );

const batchNormalization: LayerWriter = (call) => {
  const { builder, config, inputs } = call;
  const x = inputs[0]!;
  const channels = [x.shape.at(-1)!];
  const operands = [
    builder.channelsFirst(x),
    parameterOr(call, 'gamma', channels, 1),
    parameterOr(call, 'beta', channels, 0),
    initializerOf(call, 'movingMean'),
    initializerOf(call, 'movingVariance'),
  ];
  const result = builder.op('BatchNormalization', operands, { epsilon: { float: config.epsilon as number } });
  return builder.fromChannelsFirst(result, x.shape);
};

/** (x - mean) / sqrt(variance + epsilon) over any axes. */
function standardize({ builder, config }: LayerToWrite, x: string, axes: readonly number[]): string {
  const centred = builder.op('Sub', [x, builder.op('ReduceMean', [x], { axes })]);
  const variance = builder.op('ReduceMean', [builder.op('Mul', [centred, centred])], { axes });
  const shifted = builder.op('Add', [variance, builder.floats([config.epsilon as number])]);
  return builder.op('Div', [centred, builder.op('Sqrt', [shifted])]);
}

const layerNormalization: LayerWriter = (call) => {
  const { builder, config, inputs, has } = call;
  const x = inputs[0]!;
  const given = config.axis as number | readonly number[];
  const places = (typeof given === 'number' ? [given] : given).map((axis) => identity(x.rank).at(axis)!);
  const axes = [...new Set(places)].sort((a, b) => a - b);
  const sides = axes.map((axis) => x.shape[axis - 1]!);
  const isTrailing = axes.every((axis, i) => axis === x.rank - axes.length + i);
  if (isTrailing) {
    const operands = [
      builder.plain(x),
      parameterOr(call, 'gamma', sides, 1),
      ...(has('beta') ? [initializerOf(call, 'beta')] : []),
    ];
    const attributes = { axis: axes[0]! - x.rank, epsilon: { float: config.epsilon as number } };
    return builder.value(builder.op('LayerNormalization', operands, attributes), x.shape);
  }
  const stretched = identity(x.rank).map((axis) => (axes.includes(axis) ? x.shape[axis - 1]! : 1));
  const read = (name: string) =>
    reordered(
      call,
      name,
      () => stretched.slice(axes[0]),
      (values) => values,
    );
  const normal = standardize(call, builder.plain(x), axes);
  const scaled = has('gamma') ? builder.op('Mul', [normal, read('gamma')]) : normal;
  return builder.value(has('beta') ? builder.op('Add', [scaled, read('beta')]) : scaled, x.shape);
};

/** Opset 17 has no GroupNormalization: the groups are the channels of an InstanceNormalization. */
const groupNormalization: LayerWriter = (call) => {
  const { builder, config, inputs, has } = call;
  const x = inputs[0]!;
  const groups = config.groups as number;
  const channels = x.shape.at(-1)!;
  const grouped = builder.op('Reshape', [builder.channelsFirst(x), builder.ints([0, groups, -1])]);
  const ones = builder.floats(new Array<number>(groups).fill(1), [groups]);
  const zeros = builder.floats(new Array<number>(groups).fill(0), [groups]);
  const normal = builder.op('InstanceNormalization', [grouped, ones, zeros], {
    epsilon: { float: config.epsilon as number },
  });
  const apart = builder.op('Reshape', [normal, builder.ints([0, channels, ...x.shape.slice(0, -1)])]);
  const read = (name: string) =>
    reordered(
      call,
      name,
      () => [channels, ...x.shape.slice(1).map(() => 1)],
      (values) => values,
    );
  const scaled = has('gamma') ? builder.op('Mul', [apart, read('gamma')]) : apart;
  return builder.fromChannelsFirst(has('beta') ? builder.op('Add', [scaled, read('beta')]) : scaled, x.shape);
};

const rescaling: LayerWriter = ({ builder, config, inputs }) =>
  builder.elementwise(inputs[0]!, (x) => {
    const scaled = builder.op('Mul', [x, builder.floats([config.scale as number])]);
    return config.offset === 0 ? scaled : builder.op('Add', [scaled, builder.floats([config.offset as number])]);
  });

const prelu: LayerWriter = (call) => {
  const { builder, inputs } = call;
  const x = inputs[0]!;
  return builder.value(builder.op('PRelu', [builder.plain(x), initializerOf(call, 'alpha')]), x.shape);
};

const positionalEncoding: LayerWriter = ({ builder, config, inputs, name }) => {
  const x = inputs[0]!;
  const [length, width] = x.shape as [number, number];
  const table = builder.weights(`${name}/positions`, x.shape, () =>
    Float32Array.from(sinusoids(name, length, width, config.base as number)),
  );
  return builder.value(builder.op('Add', [builder.plain(x), table]), x.shape);
};

const activation: LayerWriter = (call) => activate(call, call.config.activation, call.inputs[0]!);

/** What draws in training and leaves things as they are in inference. */
const asItIs: LayerWriter = ({ inputs }) => inputs[0]!;

export const normalization = {
  activation,
  batchNormalization,
  layerNormalization,
  groupNormalization,
  rescaling,
  prelu,
  positionalEncoding,
} satisfies Record<string, LayerWriter>;

export const noise = {
  alphaDropout: asItIs,
  cutout: asItIs,
  dropout: asItIs,
  gaussianDropout: asItIs,
  gaussianNoise: asItIs,
  saltAndPepper: asItIs,
  spatialDropout: asItIs,
  stochasticDepth: asItIs,
} satisfies Record<string, LayerWriter>;
