// The dense layer against its references.

import { dense } from '../../../bindings/layers/dense.js';
import { callLayer } from '../../support/callLayer.js';
import { operation } from '../operation.js';
import { goldenFamily } from '../suite.js';

interface DenseAttributes {
  op: string;
  units: number;
  useBias: boolean;
}

export const family = goldenFamily<DenseAttributes>('dense', {
  dense: operation(({ x, ...parameters }, { attrs: { units, useBias } }) =>
    callLayer(dense(units, { useBias }), [x!], parameters),
  ),
});
