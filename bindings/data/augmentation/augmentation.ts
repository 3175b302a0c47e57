// What an augmentation is: a random change of the samples of a training batch that keeps what their labels say.

import type { FillMode } from '../../../assembly/opcodes.js';
import type { Tensor } from '../../graph/tensor.js';
import type { AffineMap } from './affineMap.js';
import type { SampleDraws } from './draws.js';

/** What lies outside of an image or before and after a series; 'constant' is `fillValue`. */
export type FillModeName = keyof typeof FillMode;

export interface FillOptions {
  /**
   * What comes in from outside: 'constant' (`fillValue`), 'nearest' (the border goes on), 'reflect' (mirrored at the border) or
   * 'wrap' (from the other side). Of images 'constant' by default, of series 'nearest'. Those that are warped together must agree.
   */
  fillMode?: FillModeName;
  /** 0 by default. */
  fillValue?: number;
}

/** Of all augmentations. */
export interface AugmentationOptions {
  /** Share of the samples that are changed; 1 by default unless said otherwise. */
  probability?: number;
}

/** A number d, for values from centre - d to centre + d, or the least and largest value. */
export type ValueRange = number | readonly [number, number];

/** Height and width of a picture; of a series its steps and 1. */
export interface PictureSize {
  height: number;
  width: number;
}

/** Where the pixels of a batch are read: pixel p at map(p) + displacement(p), in pixels, relative to the centre. */
export interface Warping {
  map?: AffineMap;
  /** [batch, 2, height, width]: rows, columns. */
  displacement?: Tensor;
}

interface Common {
  readonly name: string;
  /** Its options, for saving and for reports. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Images [height, width] or [height, width, channels]; series [steps] or [steps, channels]; or both. */
  readonly samples: SampleForm;
}

export type SampleForm = 'image' | 'series' | 'any';

/** Moves what is in a sample. Neighbours in a list of augmentations become one warp. */
export interface GeometricAugmentation extends Common {
  readonly kind: 'geometric';
  readonly fill: FillOptions;
  warping(size: PictureSize, draws: SampleDraws): Warping;
}

/** Changes values where they are. */
export interface ValueAugmentation extends Common {
  readonly kind: 'value';
  /** @param x [batch, height, width, channels]; series have width 1. */
  apply(x: Tensor, draws: SampleDraws): Tensor;
}

/** For `fit({ augment })` and `previewAugmentation`. */
export type Augmentation = GeometricAugmentation | ValueAugmentation;
