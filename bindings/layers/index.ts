// Layers by kind: how a layer is made again from its configuration.

import { unknownName } from '../runtime/suggest.js';
import type { Maker } from '../runtime/named.js';
import { activation } from './activation.js';
import { dense, type DenseOptions } from './dense.js';
import { dropout } from './dropout.js';
import { flatten } from './flatten.js';
import type { AnyLayer, LayerDefinition } from './layer.js';
import { add, concat } from './merging.js';
import { prelu } from './prelu.js';
import { rescaling } from './rescaling.js';

/** The options of a factory that takes one thing by position. */
type Options<F extends (...given: never[]) => unknown> = NonNullable<Parameters<F>[1]>;

const LAYERS = {
  activation: ({
    activation: name,
    ...options
  }: { activation: Parameters<typeof activation>[0] } & Options<typeof activation>) => activation(name, options),
  add,
  concat,
  dense: ({ units, ...options }: { units: number } & DenseOptions) => dense(units, options),
  dropout: ({ rate, ...options }: { rate: number } & Options<typeof dropout>) => dropout(rate, options),
  flatten,
  prelu,
  rescaling: ({ scale, ...options }: { scale: number } & Options<typeof rescaling>) => rescaling(scale, options),
} satisfies Record<string, Maker<AnyLayer>>;

/** Kinds of layer that come with the library. */
export type LayerKind = keyof typeof LAYERS;
export const LAYER_KINDS = Object.keys(LAYERS) as LayerKind[];

/** A layer in JSON. */
export type LayerConfig = Pick<LayerDefinition, 'kind' | 'name' | 'inputShape' | 'config'>;

/**
 * A new layer from the JSON of another one's `definition`: kind, name, inputShape and config.
 *
 * @throws OptionError for an unknown kind: a layer of one's own has no factory here.
 * @example layerFromConfig({ kind: 'dense', config: { units: 64, activation: 'relu' } })
 */
export function layerFromConfig({ kind, name, inputShape, config = {} }: LayerConfig): AnyLayer {
  if (!Object.hasOwn(LAYERS, kind)) unknownName('layerFromConfig', 'kind of layer', kind, LAYER_KINDS);
  const maker: Maker<AnyLayer> = LAYERS[kind as LayerKind];
  return maker({ ...config, ...(name !== undefined && { name }), ...(inputShape && { inputShape }) } as never);
}
