// Layers that do something in training only.

import type { Shape } from '../../../graph/shape.js';
import { DataError } from '../../../runtime/errors.js';
import { refuse, type Translation } from '../translation.js';

const isSequence = (shape: Shape | undefined): boolean => shape?.length === 2;

export const REGULARIZATIONS: readonly Translation[] = [
  {
    kind: 'dropout',
    className: 'Dropout',
    options: ['rate'],
    read({ noise_shape: shape }, { path }) {
      if (shape === undefined) return {};
      throw new DataError(`${path}.noise_shape: expected null. Use SpatialDropout1D for whole channels`);
    },
  },
  { kind: 'alphaDropout', className: 'AlphaDropout', options: ['rate'] },
  { kind: 'gaussianDropout', className: 'GaussianDropout', options: ['rate'] },
  { kind: 'gaussianNoise', className: 'GaussianNoise', options: ['stddev'] },
  {
    kind: 'spatialDropout',
    className: 'SpatialDropout1D',
    options: ['rate'],
    write(_, { path, inputs: [shape] }) {
      return isSequence(shape) ? {} : refuse(path, 'spatial dropout of images', 'Use dropout.');
    },
  },
  { kind: 'spatialDropout', className: 'SpatialDropout2D', options: ['rate'], isWritten: false },
];
