// The augmentation of one batch of images alone: what it adds to a training step (compare `training cnn`, which has the same batch).

import { fillUniform, makeRandom } from '../random.js';
import { checkAugmentation } from '../reference/augmentation.js';
import type { AugmentationCase } from '../subject.js';
import { suiteOf } from '../suite.js';

/** All images are turned, moved and scaled alike: what is drawn changes nothing about the work, and so the result can be told. */
const WARP = { batch: 64, side: 28, degrees: 10, shift: 0.1, zoom: 1.1 };

const CASES: readonly Omit<AugmentationCase, 'images'>[] = [
  { name: 'rotation shift zoom', ...WARP },
  { name: 'rotation shift zoom elastic noise', ...WARP, elasticAlpha: 8, noise: 0.05 },
];

/** Two coordinates a pixel, and three blends. */
const WARP_FLOPS = 17;

export const augmentation = suiteOf(
  'augmentation',
  CASES,
  ({ name }) => name,
  (settings) => {
    const pixels = settings.batch * settings.side * settings.side;
    const given: AugmentationCase = { ...settings, images: fillUniform(makeRandom(pixels), pixels, 1) };
    return {
      work: { flops: WARP_FLOPS * pixels },
      unit: 'ms',
      create: (subject) => subject.augmentation?.(given),
      check: (outputs) => checkAugmentation(given, outputs),
    };
  },
);
