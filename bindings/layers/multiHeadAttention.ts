import { formatShape, sameShape, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { scaledDotProductAttention } from './attention.js';
import { layer, type CallContext, type Layer, type LayerDefinition, type SymbolicTensor } from './layer.js';
import { resolveLayer, type TrainableOptions, type WeightOptions } from './options.js';

export interface MultiHeadAttentionOptions extends TrainableOptions, WeightOptions<'kernel' | 'bias'> {
  /** Width of a head's queries and keys; by default the width of the query divided by the heads. */
  keyDim?: number;
  /** Width of a head's values; keyDim by default. */
  valueDim?: number;
  /** Width of the result; that of the query by default. */
  outputDim?: number;
  /** Share of the attention weights that are dropped in training; 0 by default. */
  dropout?: number;
  /** Whether a position sees only itself and those before it; false by default. */
  causal?: boolean;
  /** Whether the four projections add a bias; true by default. */
  useBias?: boolean;
  /** The last input is a mask of what to keep: [keys] or [queries, keys] a sample; false by default. */
  maskInput?: boolean;
  /** Return the weights [batch, heads, queries, keys] too; false by default. */
  returnAttentionScores?: boolean;
}

const PROJECTIONS = ['query', 'key', 'value'] as const;

/** The inputs by what they are for: key and value are the value, and that is the query, unless given. */
function byRole<T>(inputs: readonly T[], maskInput: boolean): { query: T; value: T; key: T; mask: T | undefined } {
  const mask = maskInput ? inputs.at(-1) : undefined;
  const [query, value = query, key = value] = maskInput ? inputs.slice(0, -1) : inputs;
  return { query: query!, value: value!, key: key!, mask };
}

/** A multi-head attention that returns its weights too. */
export function multiHeadAttention(
  heads: number,
  options: MultiHeadAttentionOptions & { returnAttentionScores: true },
): Layer<SymbolicTensor[]>;
/**
 * Multi-head attention: heads of softmax(q k^T / sqrt(keyDim)) v side by side, between linear projections of query, key and
 * value and one of the result. Call it with x (self-attention), or [query, value] or [query, value, key] as in Keras.
 * Positions that the mask of the value (from `masking` or `embedding`) hides are not attended to. Vaswani et al. 2017.
 *
 * Shapes: query [batch, queries, in], value and key [batch, keys, ...]; queryKernel and keyKernel [in, heads keyDim],
 * valueKernel [in, heads valueDim], outputKernel [heads valueDim, outputDim]; head h has the h-th block of columns.
 *
 * @throws ShapeError if heads do not divide the width of the query and no keyDim is given, for inputs that are no sequences,
 * and for a mask of the wrong shape.
 * @example multiHeadAttention(4, { causal: true })(x)
 */
export function multiHeadAttention(heads: number, options?: MultiHeadAttentionOptions): Layer;
export function multiHeadAttention(
  heads: number,
  options: MultiHeadAttentionOptions = {},
): Layer | Layer<SymbolicTensor[]> {
  const roles = { kernel: 'glorotUniform', bias: 'zeros' } as const;
  const own = ['keyDim', 'valueDim', 'outputDim', 'dropout', 'causal', 'useBias', 'maskInput', 'returnAttentionScores'];
  const { where, base, config, declare } = resolveLayer('multiHeadAttention', options, roles, own);
  const { dropout = 0, causal = false, useBias = true, maskInput = false, returnAttentionScores = false } = options;
  checkNumber(where, 'heads', heads, { minimum: 1, integer: true });
  checkNumber(where, 'dropout', dropout, { minimum: 0, below: 1 });
  for (const name of ['keyDim', 'valueDim', 'outputDim'] as const) {
    if (options[name] !== undefined) checkNumber(where, name, options[name], { minimum: 1, integer: true });
  }
  const sizes = (queryWidth: number) => {
    const keyDim = options.keyDim ?? queryWidth / heads;
    return { keyDim, valueDim: options.valueDim ?? keyDim, outputDim: options.outputDim ?? queryWidth };
  };

  /** [batch, length, heads width] to [batch, heads, length, width]. */
  const split = (x: Tensor): Tensor =>
    x.reshape([x.shape[0]!, x.shape[1]!, heads, x.shape[2]! / heads]).transpose([0, 2, 1, 3]);
  const project = (x: Tensor, name: string, { parameter }: CallContext): Tensor => {
    const product = x.matmul(parameter(`${name}Kernel`));
    return useBias ? product.add(parameter(`${name}Bias`)) : product;
  };

  const definition: LayerDefinition = {
    kind: 'multiHeadAttention',
    ...base,
    config: { heads, ...ownConfig(options, own), ...config },
    passesMask: true,
    build(context) {
      const { query, key, value } = checkInputs(where, context.inputShapes, maskInput);
      if (options.keyDim === undefined && query[1]! % heads !== 0) {
        throw new ShapeError(
          `${where}: ${heads} heads do not divide the width ${query[1]} of the query. Choose other heads, or give keyDim.`,
        );
      }
      const { keyDim, valueDim, outputDim } = sizes(query[1]!);
      const widths = { query: [query[1]!, keyDim], key: [key[1]!, keyDim], value: [value[1]!, valueDim] } as const;
      for (const name of PROJECTIONS) {
        const [width, headWidth] = widths[name];
        declare(context, 'kernel', [width, heads * headWidth], `${name}Kernel`);
        if (useBias) declare(context, 'bias', [heads * headWidth], `${name}Bias`);
      }
      declare(context, 'kernel', [heads * valueDim, outputDim], 'outputKernel');
      if (useBias) declare(context, 'bias', [outputDim], 'outputBias');
    },
    call(inputs, context) {
      const { query, key, value, mask } = byRole(inputs, maskInput);
      const valueIndex = inputs.length - Number(maskInput) > 1 ? 1 : 0;
      const masks = [mask, context.mask(valueIndex)].flatMap((keep) => (keep ? [forScores(keep)] : []));
      const { output, weights } = scaledDotProductAttention(
        split(project(query, 'query', context)),
        split(project(key, 'key', context)),
        split(project(value, 'value', context)),
        {
          causal,
          mask: masks.length > 0 ? masks.reduce((all, keep) => all.mul(keep)) : undefined,
          ...(context.stochastic && dropout > 0 && { dropout: (scores: Tensor) => scores.dropout(dropout) }),
        },
      );
      const [batch, , length] = output.shape;
      const result = project(output.transpose([0, 2, 1, 3]).reshape([batch!, length!, -1]), 'output', context);
      return returnAttentionScores ? [result, weights] : result;
    },
  };
  return returnAttentionScores ? layer<SymbolicTensor[]>(definition) : layer<SymbolicTensor>(definition);
}

const ownConfig = (options: object, own: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => own.includes(name)));

/** A mask [batch, keys] or [batch, queries, keys] for scores [batch, heads, queries, keys]. */
function forScores(mask: Tensor): Tensor {
  const keep = mask.toFloat();
  const [batch, ...rest] = keep.shape;
  return keep.reshape(rest.length === 1 ? [batch!, 1, 1, rest[0]!] : [batch!, 1, ...rest]);
}

function checkInputs(where: string, shapes: readonly Shape[], maskInput: boolean) {
  const least = 1 + Number(maskInput);
  if (shapes.length < least || shapes.length > least + 2) {
    throw new OptionError(
      `${where}: expected x, [query, value] or [query, value, key]${maskInput ? ', and a mask' : ''}, ` +
        `got ${shapes.length} inputs.`,
    );
  }
  const { query, value, key, mask } = byRole(shapes, maskInput);
  for (const [name, shape] of Object.entries({ query, value, key })) {
    if (shape.length === 2) continue;
    throw new ShapeError(
      `${where}: the ${name} must be a sequence [length, width] a sample, got ${formatShape(shape)}.`,
    );
  }
  if (key[0] !== value[0]) {
    throw new ShapeError(`${where}: key and value must be of one length, got ${key[0]} and ${value[0]}.`);
  }
  const [perKey, perPair] = [[value[0]!], [query[0]!, value[0]!]];
  if (mask && !sameShape(mask, perKey) && !sameShape(mask, perPair)) {
    throw new ShapeError(
      `${where}: the mask must have shape ${formatShape(perKey)} or ${formatShape(perPair)} a sample, ` +
        `got ${formatShape(mask)}.`,
    );
  }
  return { query, value, key };
}
