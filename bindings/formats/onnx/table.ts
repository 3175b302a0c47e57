// What goes to ONNX and what comes back, layer by layer: the table of docs/onnx.md, and of the tests.

import type { LayerKind } from '../../layers/index.js';

/** Kinds of layer that ONNX does not have, and why: what a file has in their place. */
export const NO_EQUIVALENT: Readonly<Partial<Record<LayerKind, string>>> = {
  alphaDropout: 'draws in training alone',
  cutout: 'draws in training alone',
  dropout: 'draws in training alone',
  gaussianDropout: 'draws in training alone',
  gaussianNoise: 'draws in training alone',
  saltAndPepper: 'draws in training alone',
  spatialDropout: 'draws in training alone',
  stochasticDepth: 'draws in training alone',
};

/** Kinds of layer that are written, but that files of ours are not read with, and why. */
export const NO_WAY_BACK: Readonly<Partial<Record<LayerKind, string>>> = {};
