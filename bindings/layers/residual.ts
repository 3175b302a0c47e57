import { formatShape, sameShape, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { activationConfig, resolveActivation, type Activation } from './activations.js';
import { input } from './input.js';
import { isLayer, layer, type Layer } from './layer.js';
import { buildNested, callNested, chainPrefixes } from './nested.js';
import type { LayerOptions } from './options.js';

export interface ResidualOptions extends LayerOptions {
  /** What the input goes through beside the branch, where shapes change: a dense layer or a 1x1 convolution. Nothing by default. */
  shortcut?: Layer;
  /** Applied to the sum; linear by default. */
  activation?: Activation;
}

/**
 * A residual block: y = activation(shortcut(x) + branch(x)), the branch a chain of layers. End the branch with
 * `stochasticDepth` to drop it at random in training. He et al. 2016.
 *
 * @throws ShapeError if branch and shortcut end in different shapes.
 * @example residual([dense(64, { activation: 'relu' }), dense(64)], { activation: 'relu' })
 */
export function residual(branch: readonly Layer[], options: ResidualOptions = {}): Layer {
  const where = options.name ?? 'residual';
  checkOptions(where, options, ['name', 'inputShape', 'shortcut', 'activation']);
  const { shortcut, activation = 'linear', ...rest } = options;
  const entries: readonly unknown[] = branch;
  if (!Array.isArray(entries) || entries.length === 0 || !entries.every(isLayer)) {
    throw new OptionError(`${where}: expected a list of at least one layer, got ${describeValue(branch)}.`);
  }
  const activate = resolveActivation(where, activation);
  const prefixes = chainPrefixes(branch);
  const shortcuts = shortcut ? [shortcut] : [];

  return layer({
    kind: 'residual',
    ...rest,
    config: {
      branch: branch.map(({ definition }) => nestedConfig(definition)),
      ...(shortcut && { shortcut: nestedConfig(shortcut.definition) }),
      activation: activationConfig(activation),
    },
    passesMask: true,
    build(context) {
      const [shape = []] = context.inputShapes;
      const through = (chain: readonly Layer[], names: readonly string[]): Shape =>
        chain.reduce<Shape>((current, inner, i) => {
          buildNested(context, inner, names[i]!, [current]);
          return current.length ? inner(input({ shape: current })).shape : current;
        }, shape);
      const [main, side] = [through(branch, prefixes), through(shortcuts, ['shortcut/'])];
      if (sameShape(main, side)) return;
      throw new ShapeError(
        `${where}: the branch makes ${formatShape(main)} of ${formatShape(shape)}, beside it comes ${formatShape(side)}. ` +
          'End the branch in the same shape, or give a shortcut that changes it (a dense layer or a 1x1 convolution).',
      );
    },
    call([x], context) {
      const through = (chain: readonly Layer[], names: readonly string[]): Tensor =>
        chain.reduce((value, inner, i) => callNested(context, inner, names[i]!, [value])[0]!, x!);
      return activate(through(shortcuts, ['shortcut/']).add(through(branch, prefixes)));
    },
  });
}

/** What `layerFromConfig` makes the inner layer of again. */
const nestedConfig = ({ kind, name, config = {} }: Layer['definition']) => ({
  kind,
  config,
  ...(name !== undefined && { name }),
});
