// Parameter tying: two parameters, one storage.

import { formatShape, sameShape, type Shape } from '../graph/shape.js';
import { OptionError, ShapeError, StateError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { findParameter, type AnyLayer } from './layer.js';

/** One parameter of a layer. Made by `layer.parameter(name)`. */
export class ParameterReference {
  constructor(
    readonly layer: AnyLayer,
    readonly name: string,
  ) {}
}

/** Ties by their configuration, which does not name a layer that got its name from its model. */
const tiesByConfig = new WeakMap<object, TiedParameter>();

/** The tie whose `config` this object is. */
export const tieOfConfig = (config: object): TiedParameter | undefined => tiesByConfig.get(config);

/** Stands for an initialiser where a parameter is to share another one's storage. */
export class TiedParameter {
  readonly name = 'tie';
  /** What goes to JSON. */
  readonly config: Readonly<Record<string, unknown>>;

  constructor(
    readonly source: ParameterReference,
    /** Whether the last two axes are swapped. */
    readonly transpose: boolean,
  ) {
    this.config = { layer: source.layer.definition.name, parameter: source.name, transpose };
    tiesByConfig.set(this.config, this);
  }

  /** Throws unless a parameter of this shape can be a view of the source. */
  checkShape(where: string, shape: Shape): void {
    const { layer, name } = this.source;
    const sourceName = `${layer.definition.name ?? layer.definition.kind}/${name}`;
    if (layer.parameters.length === 0) {
      throw new StateError(
        `${where}: tied to ${sourceName}, which is not built yet. Use the layer that owns the parameter first.`,
      );
    }
    const own = findParameter(layer, name).shape;
    const offered = this.transpose ? [...own.slice(0, -2), own.at(-1)!, own.at(-2)!] : own;
    if (sameShape(offered, shape)) return;
    throw new ShapeError(
      `${where}: has shape ${formatShape(shape)}, but is tied to ${sourceName}, ` +
        `which gives ${formatShape(offered)}${this.transpose ? ' transposed' : ''}. Change the units, or transpose.`,
    );
  }
}

/**
 * Makes a parameter share the storage of another one, also transposed (the last two axes swapped). Give it where a layer
 * takes an initialiser. The gradients of all uses add up; the storage is counted, decayed and saved once.
 *
 * @throws ShapeError when the layer is built, if the shapes differ. @throws StateError if the owner is not built before.
 * @example
 * const encoder = dense(32, { activation: 'relu', inputShape: [784] });
 * const decoder = dense(784, { kernelInitializer: tie(encoder.parameter('kernel'), { transpose: true }) });
 * const autoencoder = sequential([encoder, decoder]);
 */
export function tie(parameter: ParameterReference, options: { transpose?: boolean } = {}): TiedParameter {
  checkOptions('tie', options, ['transpose']);
  if (!(parameter instanceof ParameterReference)) {
    throw new OptionError(`tie: expected layer.parameter(name), got ${describeValue(parameter)}.`);
  }
  return new TiedParameter(parameter, options.transpose ?? false);
}
