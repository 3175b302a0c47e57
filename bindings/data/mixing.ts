// Mixing of samples: each sample of a training batch is blended with its neighbour, and so are their losses. The batch is in
// random order, so the neighbour is a random partner.

import { DTypeError, ShapeError } from '../runtime/errors.js';
import { resolveNamed, type NamedConfig } from '../runtime/named.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { RandomSequence } from '../runtime/random.js';
import type { Tensor } from '../graph/tensor.js';

export interface Mixing {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Scalars of a step: how much, and where. */
  draw(random: RandomSequence): readonly number[];
  /** Number of them. */
  readonly width: number;
  /** Whether the model must have one input. */
  readonly needsOneInput: boolean;
  /** Blends an input with that of the partners; `drawn` are the scalars, one tensor each. */
  blend(x: Tensor, partner: Tensor, drawn: readonly Tensor[]): { mixed: Tensor; share: Tensor };
}

/** Each sample's partner is the next one, the last one's the first. */
export function partnersOf(batch: Tensor): Tensor {
  const [size, ...rest] = batch.shape as [number, ...number[]];
  if (size === 1) return batch;
  const zeros = rest.map(() => 0);
  const first = batch.slice([0, ...zeros], [1, ...rest]);
  return batch.slice([1, ...zeros], [size - 1, ...rest]).concat([first], 0);
}

function checkAlpha(where: string, options: { alpha?: number }, standard: number): number {
  checkOptions(where, options, ['alpha']);
  return checkNumber(where, 'alpha', options.alpha ?? standard, { above: 0, maximum: 8 });
}

function checkFloat(where: string, x: Tensor): void {
  if (x.dtype === 'float32') return;
  throw new DTypeError(
    `${where}: inputs must be numbers to be blended, got ${x.describe()}. Embed indices without mixing.`,
  );
}

/**
 * Mixup: x = l x_a + (1 - l) x_b and loss = l L(y_a) + (1 - l) L(y_b), with one l ~ Beta(alpha, alpha) a step.
 * Zhang et al. 2018. For `compile({ mix })`; only training batches are mixed, metrics of training count the label y_a.
 *
 * @param options `alpha`: 0.2 by default; larger ones mix more. At most 8.
 * @throws OptionError for an alpha that is not in (0, 8].
 * @example model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', mix: mixup({ alpha: 0.2 }) })
 */
export function mixup(options: { alpha?: number } = {}): Mixing {
  const alpha = checkAlpha('mixup', options, 0.2);
  return {
    name: 'mixup',
    config: { alpha },
    width: 1,
    needsOneInput: false,
    draw: (random) => [random.symmetricBeta(alpha)],
    blend(x, partner, [share]) {
      checkFloat('mixup', x);
      return { mixed: x.mul(share!).add(partner.mul(share!.affine(-1, 1))), share: share! };
    },
  };
}

/** First and last pixel (not included) of a window about `centre` (0 to 1), cut off at the borders. */
function windowOf(side: number, size: Tensor, centre: Tensor): { first: Tensor; end: Tensor } {
  const middle = centre.mul(side).floor();
  const half = size.mul(side / 2).floor();
  return { first: middle.sub(half).clip(0, side), end: middle.add(half).clip(0, side) };
}

/**
 * CutMix: a rectangle of each image is that of another one, and the loss is l L(y_a) + (1 - l) L(y_b) with l the share of
 * pixels that are left. The rectangle has the area 1 - Beta(alpha, alpha) of the image before it is cut off at the borders,
 * one a step. Yun et al. 2019.
 *
 * @param options `alpha`: 1 by default. At most 8.
 * @throws OptionError for an alpha that is not in (0, 8]. @throws ShapeError for inputs that are no images.
 * @example model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', mix: cutmix() })
 */
export function cutmix(options: { alpha?: number } = {}): Mixing {
  const alpha = checkAlpha('cutmix', options, 1);
  return {
    name: 'cutmix',
    config: { alpha },
    width: 3,
    needsOneInput: true,
    draw: (random) => [Math.sqrt(1 - random.symmetricBeta(alpha)), random.uniform(), random.uniform()],
    blend(x, partner, [size, centreY, centreX]) {
      checkFloat('cutmix', x);
      const { graph } = x;
      const [, height, width] = x.shape as [number, number, number];
      if (x.rank !== 4) {
        throw new ShapeError(`cutmix: expected images [height, width, channels], got a batch ${x.describe()}.`);
      }
      const [rows, columns] = [windowOf(height, size!, centreY!), windowOf(width, size!, centreX!)];
      const inside = ({ first, end }: typeof rows, shape: number[]): Tensor => {
        const position = graph.iota(shape);
        return position.greaterEqual(first).mul(position.less(end));
      };
      const isCut = inside(rows, [1, height, 1, 1]).mul(inside(columns, [1, 1, width, 1]));
      const area = rows.end.sub(rows.first).mul(columns.end.sub(columns.first));
      return { mixed: isCut.where(partner, x), share: area.affine(-1 / (height * width), 1) };
    },
  };
}

/** Makes a mixing again from its name and config. */
export const mixingFromConfig = (config: NamedConfig): Mixing =>
  resolveNamed<Mixing>('mixingFromConfig', 'mixing', config, { cutmix, mixup });
