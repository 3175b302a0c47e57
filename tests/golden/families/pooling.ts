// Pooling layers against their references: values and gradients.

import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
  type Layer,
  type PoolingOptions,
  type Size,
} from '../../../bindings/index.js';
import { callLayer } from '../../support/callLayer.js';
import { operation } from '../operation.js';
import { goldenFamily, type Runner } from '../suite.js';

interface PoolingAttributes {
  op: string;
  poolSize: Size;
  strides: Size;
  padding: 'valid' | 'same';
}

const windowed = (make: (poolSize: Size, options: PoolingOptions) => Layer): Runner<PoolingAttributes> =>
  operation(({ x }, { attrs: { poolSize, strides, padding } }) =>
    callLayer(make(poolSize, { strides, padding }), [x!]),
  );

const global = (make: () => Layer): Runner<PoolingAttributes> => operation(({ x }) => callLayer(make(), [x!]));

export const family = goldenFamily<PoolingAttributes>('pooling', {
  maxPool1d: windowed(maxPooling1d),
  maxPool2d: windowed(maxPooling2d),
  avgPool1d: windowed(averagePooling1d),
  avgPool2d: windowed(averagePooling2d),
  globalMaxPool1d: global(globalMaxPooling1d),
  globalMaxPool2d: global(globalMaxPooling2d),
  globalAvgPool1d: global(globalAveragePooling1d),
  globalAvgPool2d: global(globalAveragePooling2d),
});
