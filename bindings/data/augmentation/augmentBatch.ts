// Traces the augmentations of a batch: neighbours that move pixels become one warp, the others follow one another.

import type { Tensor } from '../../graph/tensor.js';
import { DTypeError, OptionError, ShapeError } from '../../runtime/errors.js';
import { formatShape } from '../../graph/shape.js';
import { compose, IDENTITY, mapsTensor, type AffineMap } from './affineMap.js';
import type {
  Augmentation,
  FillOptions,
  GeometricAugmentation,
  SampleForm,
  ValueAugmentation,
} from './augmentation.js';
import { SampleDraws } from './draws.js';

/** What tells the samples of a batch apart from all others. */
export interface BatchIdentity {
  /** int32 [batch]: the number of each sample in its data set. */
  numbers: Tensor;
  /** int32 scalar. */
  epoch: Tensor;
}

/** What comes in from outside, unless an augmentation says. */
const STANDARD_FILL = { image: { fillMode: 'constant' }, series: { fillMode: 'nearest' } } as const;

/**
 * The batch after its augmentations.
 *
 * @throws ShapeError or DTypeError for samples that they are not for, OptionError for those that do not go together.
 */
export function augmentBatch(
  where: string,
  x: Tensor,
  augmentations: readonly Augmentation[],
  identity: BatchIdentity,
): Tensor {
  if (augmentations.length === 0) return x;
  const form = formOf(where, augmentations);
  let pictures = asPictures(where, x, form);
  let position = 0;
  for (const group of groupsOf(augmentations)) {
    const draws = group.map(() => new SampleDraws(identity.numbers, identity.epoch, position++));
    pictures = x.graph.withScope(group.map(({ name }) => name).join(', '), () =>
      isGeometric(group) ? warpTogether(where, pictures, group, draws, form) : applyInTurn(pictures, group, draws),
    );
  }
  return pictures.reshape(x.shape);
}

/** Whether all samples are taken as images, or as series. */
function formOf(where: string, augmentations: readonly Augmentation[]): 'image' | 'series' | 'any' {
  const named = augmentations.filter(({ samples }) => samples !== 'any');
  const [first] = named;
  const other = named.find(({ samples }) => samples !== first!.samples);
  if (other) {
    throw new OptionError(
      `${where}: ${first!.name} is for ${WORDS[first!.samples]} and ${other.name} for ${WORDS[other.samples]}. ` +
        'Give only those of one kind.',
    );
  }
  return first?.samples ?? 'any';
}

const WORDS: Record<SampleForm, string> = {
  image: 'images [height, width] or [height, width, channels]',
  series: 'series [steps] or [steps, channels]',
  any: 'images or series',
};

/** How a batch of each rank is seen as [batch, height, width, channels]. */
const PICTURES: Record<SampleForm, Readonly<Record<number, (shape: readonly number[]) => number[]>>> = {
  image: { 3: (shape) => [...shape, 1], 4: (shape) => [...shape] },
  series: { 2: (shape) => [...shape, 1, 1], 3: ([batch, steps, channels]) => [batch!, steps!, 1, channels!] },
  any: {
    2: (shape) => [...shape, 1, 1],
    3: ([batch, steps, channels]) => [batch!, steps!, 1, channels!],
    4: (shape) => [...shape],
  },
};

function asPictures(where: string, x: Tensor, form: SampleForm): Tensor {
  if (x.dtype !== 'float32') {
    throw new DTypeError(
      `${where}: expected numbers, got ${x.dtype} indices. Augment texts before they are indices, with textAugmenter.`,
    );
  }
  const view = PICTURES[form][x.rank];
  if (!view) {
    const hint = form === 'image' ? ' Give the model images and make flatten() its first layer.' : '';
    throw new ShapeError(
      `${where}: the augmentations are for ${WORDS[form]}, got samples of shape ${formatShape(x.shape.slice(1))}.${hint}`,
    );
  }
  return x.reshape(view(x.shape));
}

/** Neighbours of one kind. */
type Group = readonly GeometricAugmentation[] | readonly ValueAugmentation[];

const isGeometric = (group: Group): group is readonly GeometricAugmentation[] => group[0]!.kind === 'geometric';

function groupsOf(augmentations: readonly Augmentation[]): Group[] {
  const groups: Augmentation[][] = [];
  for (const augmentation of augmentations) {
    const last = groups.at(-1);
    if (last?.[0]!.kind === augmentation.kind) last.push(augmentation);
    else groups.push([augmentation]);
  }
  return groups as unknown as Group[];
}

const applyInTurn = (pictures: Tensor, group: readonly ValueAugmentation[], draws: readonly SampleDraws[]): Tensor =>
  group.reduce((changed, augmentation, i) => augmentation.apply(changed, draws[i]!), pictures);

function warpTogether(
  where: string,
  pictures: Tensor,
  group: readonly GeometricAugmentation[],
  draws: readonly SampleDraws[],
  form: SampleForm,
): Tensor {
  const [batch, height, width] = pictures.shape as [number, number, number, number];
  let map: AffineMap = IDENTITY;
  let displacement: Tensor | undefined;
  for (const [i, augmentation] of group.entries()) {
    const warping = augmentation.warping({ height, width }, draws[i]!);
    // The first in the list comes first: where its result is read is then read through the next one.
    if (warping.map) map = compose(map, warping.map);
    if (warping.displacement) displacement = displacement?.add(warping.displacement) ?? warping.displacement;
  }
  const { fillMode = 'constant', fillValue = 0 } = fillOf(where, group, form);
  const maps = mapsTensor(pictures.graph, batch, map, { height, width });
  const inputs = [pictures, maps, ...(displacement ? [displacement] : [])];
  return pictures.graph.emit('warp', inputs, { fillMode, fillValue });
}

/** The one fill of augmentations that are warped together. */
function fillOf(where: string, group: readonly GeometricAugmentation[], form: SampleForm): FillOptions {
  const told = group.filter(({ fill }) => fill.fillMode !== undefined);
  const [first] = told;
  if (!first) return STANDARD_FILL[form === 'series' ? 'series' : 'image'];
  const words = ({ fill: { fillMode, fillValue } }: GeometricAugmentation) =>
    fillMode === 'constant' ? `'constant' with ${fillValue ?? 0}` : `'${fillMode}'`;
  const other = told.find((one) => words(one) !== words(first));
  if (other) {
    throw new OptionError(
      `${where}: ${first.name} has fillMode ${words(first)} and ${other.name} ${words(other)}, but they are one warp. ` +
        'Give both the same, or put one that changes values between them.',
    );
  }
  return first.fill;
}
