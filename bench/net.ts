// The description of a net that every subject turns into its own form, and what follows from it: shapes and products.

export type Shape = readonly number[];

/** What each kind of layer is told. Shapes are those of one sample, channels last. */
export interface LayerOptions {
  conv2d: { filters: number; size: number; padding: 'valid' | 'same'; activation?: ActivationName };
  /** Windows side by side; what is left over at the end is not pooled. */
  maxPooling2d: { size: number };
  flatten: object;
  activation: { name: ActivationName };
  /** Inverted: what is kept is divided by 1 - rate. */
  dropout: { rate: number };
  /** On the last axis. */
  dense: { units: number; useBias?: false; activation?: ActivationName };
  /** By the mean and the biased variance of the batch, one a channel. */
  batchNormalization: { epsilon: number };
  /** By the mean and the biased variance of the last axis. */
  layerNormalization: { epsilon: number };
  /** Gates i, f, g, o; sigmoid and tanh; the state begins with 0; gives the last h. */
  lstm: { units: number };
  /** softmax(q k^T / sqrt(width / heads)) v, projections without bias. */
  selfAttention: { heads: number };
  /** x + branch(x) */
  residual: { branch: readonly LayerSpec[] };
  averageOverTime: object;
}

export type ActivationName = 'relu' | 'tanh';
export type LayerKind = keyof LayerOptions;
export type LayerSpec = { [K in LayerKind]: { kind: K } & LayerOptions[K] }[LayerKind];

/** One function a kind of layer. */
export type LayerTable<Arguments extends unknown[], Result> = {
  readonly [K in LayerKind]: (spec: LayerOptions[K], ...rest: Arguments) => Result;
};

/** The entry of the layer's kind, called with the layer. */
export function applyLayer<Arguments extends unknown[], Result>(
  table: LayerTable<Arguments, Result>,
  spec: LayerSpec,
  ...rest: Arguments
): Result {
  const entry = table[spec.kind] as (given: LayerSpec, ...others: Arguments) => Result;
  return entry(spec, ...rest);
}

export interface Parameter {
  shape: Shape;
  /** What starting values lie around. */
  center: number;
}

export interface LayerFacts {
  /** Shape of a sample of the result. */
  output: Shape;
  parameters: readonly Parameter[];
  /** Multiplications and additions a sample, forward: of products with the layer's own input, and of all others. */
  inputFlops: number;
  innerFlops: number;
}

const weight = (...shape: number[]): Parameter => ({ shape, center: 0 });
const scale = (...shape: number[]): Parameter => ({ shape, center: 1 });
const plain = (output: Shape): LayerFacts => ({ output, parameters: [], inputFlops: 0, innerFlops: 0 });
const product = (sizes: Shape): number => sizes.reduce((total, size) => total * size, 1);

const normalization = (input: Shape): LayerFacts => {
  const channels = input.at(-1)!;
  return { ...plain(input), parameters: [scale(channels), weight(channels)] };
};

const FACTS: LayerTable<[Shape], LayerFacts> = {
  conv2d({ filters, size, padding }, [height, width, channels]) {
    const lost = padding === 'valid' ? size - 1 : 0;
    const output = [height! - lost, width! - lost, filters];
    return {
      output,
      parameters: [weight(size, size, channels!, filters), weight(filters)],
      inputFlops: 2 * product(output) * size * size * channels!,
      innerFlops: 0,
    };
  },
  maxPooling2d: ({ size }, [height, width, channels]) =>
    plain([Math.floor(height! / size), Math.floor(width! / size), channels!]),
  flatten: (_, input) => plain([product(input)]),
  activation: (_, input) => plain(input),
  dropout: (_, input) => plain(input),
  dense({ units, useBias = true }, input) {
    const features = input.at(-1)!;
    return {
      output: [...input.slice(0, -1), units],
      parameters: [weight(features, units), ...(useBias ? [weight(units)] : [])],
      inputFlops: 2 * product(input) * units,
      innerFlops: 0,
    };
  },
  batchNormalization: (_, input) => normalization(input),
  layerNormalization: (_, input) => normalization(input),
  lstm: ({ units }, [time, features]) => ({
    output: [units],
    parameters: [weight(features!, 4 * units), weight(units, 4 * units), weight(4 * units)],
    inputFlops: 2 * time! * features! * 4 * units,
    innerFlops: 2 * time! * units * 4 * units,
  }),
  selfAttention: (_, [time, width]) => ({
    output: [time!, width!],
    parameters: Array.from({ length: 4 }, () => weight(width!, width!)),
    inputFlops: 3 * 2 * time! * width! * width!,
    innerFlops: 2 * time! * width! * width! + 2 * 2 * time! * time! * width!,
  }),
  residual({ branch }, input) {
    const parameters = netFacts(branch, input).flatMap((facts) => facts.parameters);
    return { output: input, parameters, inputFlops: 0, innerFlops: forwardFlops(branch, input) };
  },
  averageOverTime: (_, [, width]) => plain([width!]),
};

export const layerFacts = (spec: LayerSpec, input: Shape): LayerFacts => applyLayer(FACTS, spec, input);

/** Of a chain of layers, in its order. */
export function netFacts(layers: readonly LayerSpec[], inputShape: Shape): LayerFacts[] {
  let shape = inputShape;
  return layers.map((spec) => {
    const facts = layerFacts(spec, shape);
    shape = facts.output;
    return facts;
  });
}

/** Of the products of the forward pass, a sample. */
export function forwardFlops(layers: readonly LayerSpec[], inputShape: Shape): number {
  return netFacts(layers, inputShape).reduce((sum, { inputFlops, innerFlops }) => sum + inputFlops + innerFlops, 0);
}

/** Of the products of one step a sample: forward, the gradient of both operands, but not that of the net's input. */
export function productFlops(layers: readonly LayerSpec[], inputShape: Shape): number {
  return 3 * forwardFlops(layers, inputShape) - (netFacts(layers, inputShape)[0]?.inputFlops ?? 0);
}
