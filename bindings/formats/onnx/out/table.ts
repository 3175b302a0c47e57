// How each kind of layer is written.

import type { LayerKind } from '../../../layers/index.js';
import { attention } from './attention.js';
import type { LayerWriter } from './call.js';
import { spatial } from './convolution.js';
import { linear } from './linear.js';
import { merging } from './merging.js';
import { noise, normalization } from './normalization.js';
import { recurrentLayers } from './recurrent.js';
import { shapes } from './shapes.js';

/** Every layer of the library: one that is missing here does not compile. */
export const LAYER_WRITERS: Readonly<Record<LayerKind, LayerWriter>> = {
  ...linear,
  ...spatial,
  ...shapes,
  ...merging,
  ...normalization,
  ...noise,
  ...attention,
  ...recurrentLayers,
};
