// Every kind of layer of ours: Keras' class of it, or why TensorFlow.js has none.

import type { LayerKind } from '../../../layers/index.js';
import type { Translation } from '../translation.js';
import { CONVOLUTIONS } from './convolution.js';
import { CORE } from './core.js';
import { MERGES } from './merging.js';
import { NORMALIZATIONS } from './normalization.js';
import { POOLINGS } from './pooling.js';
import { RECURRENCES } from './recurrent.js';
import { REGULARIZATIONS } from './regularization.js';
import { WRAPPERS } from './wrappers.js';

export const TRANSLATIONS: readonly Translation[] = [
  ...CORE,
  ...CONVOLUTIONS,
  ...POOLINGS,
  ...NORMALIZATIONS,
  ...REGULARIZATIONS,
  ...MERGES,
  ...RECURRENCES,
  ...WRAPPERS,
];

const NONE = 'TensorFlow.js has no such layer';

/** Kinds that are written as several layers of Keras. */
export const COMPOSED = { residual: 'its layers and an Add' } as const satisfies Partial<Record<LayerKind, string>>;

/** Kinds that no model.json can have, and why. */
export const UNSHARED = {
  conv1dTranspose: NONE,
  cropping1d: NONE,
  cutout: NONE,
  depthwiseConv1d: NONE,
  dropConnect: NONE,
  groupNormalization: NONE,
  multiHeadAttention: 'TensorFlow.js takes keys and values by name, which its model.json does not hold',
  positionEmbedding: NONE,
  positionalEncoding: NONE,
  saltAndPepper: NONE,
  separableConv1d: NONE,
  stochasticDepth: NONE,
  subtract: NONE,
  upSampling1d: NONE,
  weightNoise: NONE,
  zeroPadding1d: NONE,
} as const satisfies Partial<Record<LayerKind, string>>;

/** By kind: what it is in a model.json. For tables of what can be exchanged. */
export const TFJS_LAYERS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    TRANSLATIONS.filter(({ isWritten = true }) => isWritten).map(({ kind, className }) => [kind, className]),
  ),
  ...COMPOSED,
};

export const writerOf = (kind: string): Translation | undefined =>
  TRANSLATIONS.find((entry) => entry.kind === kind && entry.isWritten !== false);

export const readerOf = (className: string): Translation | undefined =>
  TRANSLATIONS.find((entry) => entry.className === className);
