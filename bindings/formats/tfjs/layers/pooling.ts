import type { LayerKind } from '../../../layers/index.js';
import type { Fields } from '../names.js';
import { refuse, type Translation, type WriteContext } from '../translation.js';

const pooling = (kind: LayerKind, className: string): Translation => ({
  kind,
  className,
  options: ['poolSize', 'strides', 'padding'],
});

function refuseKeepDims({ keepDims }: Fields, { path }: WriteContext): Fields {
  if (keepDims !== true) return {};
  return refuse(path, 'keepDims', 'Leave it out, and put a reshape layer behind.');
}

const globalPooling = (kind: LayerKind, className: string): Translation => ({
  kind,
  className,
  read: ({ keepdims = false }) => ({ keepDims: keepdims }),
  write: refuseKeepDims,
});

export const POOLINGS: readonly Translation[] = [
  pooling('averagePooling1d', 'AveragePooling1D'),
  pooling('averagePooling2d', 'AveragePooling2D'),
  pooling('maxPooling1d', 'MaxPooling1D'),
  pooling('maxPooling2d', 'MaxPooling2D'),
  globalPooling('globalAveragePooling1d', 'GlobalAveragePooling1D'),
  globalPooling('globalAveragePooling2d', 'GlobalAveragePooling2D'),
  globalPooling('globalMaxPooling1d', 'GlobalMaxPooling1D'),
  globalPooling('globalMaxPooling2d', 'GlobalMaxPooling2D'),
];
