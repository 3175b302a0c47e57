import { OptionError } from '../../runtime/errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { checkOptions, describeValue, unknownName } from '../../runtime/suggest.js';
import { isLayer, layer, type AnyLayer, type Layer, type SymbolicTensor } from '../layer.js';
import { buildNested, callNested } from '../nested.js';
import type { LayerOptions } from '../options.js';
import { mirrorOf } from './recurrentLayer.js';

const MERGES = {
  concat: (forward: Tensor, backward: Tensor) => [forward.concat([backward])],
  sum: (forward: Tensor, backward: Tensor) => [forward.add(backward)],
  mul: (forward: Tensor, backward: Tensor) => [forward.mul(backward)],
  ave: (forward: Tensor, backward: Tensor) => [forward.add(backward).mul(0.5)],
  null: (forward: Tensor, backward: Tensor) => [forward, backward],
} as const;

export type MergeMode = Exclude<keyof typeof MERGES, 'null'>;

export interface BidirectionalOptions extends LayerOptions {
  /** How the two outputs become one: side by side by default; null: they stay two. */
  mergeMode?: MergeMode | null;
}

/**
 * Reads sequences in both directions: a recurrent layer, and one like it that reads from the end, with weights of its own.
 * Sequences of the second are in the order of the input. Schuster and Paliwal 1997.
 *
 * Parameters are those of the layer, as `forward_kernel`, `backward_kernel` and so on. Called with [x, ...states], the first
 * half of the states is the forward layer's; with the layer's `returnState` the outputs are [y, ...forward, ...backward states].
 *
 * @param inner A simpleRNN, lstm or gru that is used nowhere else, or a function that makes one.
 * @throws OptionError for any other layer, or one that already goes backwards.
 * @example sequential([bidirectional(lstm(32, { returnSequences: true }), { inputShape: [20, 3] })])
 */
export function bidirectional<O extends BidirectionalOptions = BidirectionalOptions>(
  inner: AnyLayer | (() => AnyLayer),
  options: O = {} as O,
): O extends { mergeMode: null } ? Layer<SymbolicTensor[]> : Layer {
  const where = options.name ?? 'bidirectional';
  checkOptions(where, options, ['name', 'inputShape', 'mergeMode']);
  const { mergeMode = 'concat', ...base } = options;
  if (!Object.hasOwn(MERGES, String(mergeMode)))
    unknownName(where, 'mergeMode', String(mergeMode), Object.keys(MERGES));
  const merge = MERGES[mergeMode ?? 'null'];
  const forward: unknown = isLayer(inner) ? inner : inner();
  const mirror = isLayer(forward) ? mirrorOf(forward) : undefined;
  if (!isLayer(forward) || !mirror || mirror.options.goBackwards) {
    throw new OptionError(
      `${where}: expected a simpleRNN, lstm or gru that does not go backwards, got ` +
        `${isLayer(forward) ? `a ${forward.definition.kind} layer` : describeValue(forward)}.`,
    );
  }
  const backward = mirror.make();
  const { kind, config = {}, inputShape } = forward.definition;
  const made = layer<SymbolicTensor[]>({
    kind: 'bidirectional',
    ...(inputShape && { inputShape }),
    ...base,
    config: { layer: { kind, config }, mergeMode },
    build(context) {
      const [shape, ...states] = context.inputShapes;
      const half = states.length / 2;
      if (!Number.isInteger(half)) {
        throw new OptionError(`${where}: expected as many states for each direction, got ${states.length} in all.`);
      }
      buildNested(context, forward, 'forward_', [shape!, ...states.slice(0, half)]);
      buildNested(context, backward, 'backward_', [shape!, ...states.slice(half)]);
    },
    call([x, ...states], context) {
      const half = states.length / 2;
      const [ahead, ...aheadStates] = callNested(context, forward, 'forward_', [x!, ...states.slice(0, half)]);
      const [back, ...backStates] = callNested(context, backward, 'backward_', [x!, ...states.slice(half)]);
      const merged = merge(ahead!, back!);
      if (merged.length > 1 && mirror.options.returnSequences) context.setMask(context.mask(0), 1);
      const outputs = [...merged, ...aheadStates, ...backStates];
      return outputs.length > 1 ? outputs : outputs[0]!;
    },
  });
  return made as never;
}
