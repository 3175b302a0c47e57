import { DataError } from '../../../runtime/errors.js';
import type { Fields } from '../names.js';
import { weightOptions, type ReadContext, type Translation } from '../translation.js';

const OPTIONS = ['epsilon', 'center', 'scale', ...weightOptions('gamma', 'beta')];

/** Ours has the channels last. */
function readChannelAxis({ axis = -1 }: Fields, { path, inputs: [shape = []] }: ReadContext): Fields {
  const given: unknown = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
  if (given === -1 || given === shape.length) return {};
  throw new DataError(`${path}.axis: expected -1, the channels, got ${JSON.stringify(axis)}. Save it channels_last`);
}

export const NORMALIZATIONS: readonly Translation[] = [
  {
    kind: 'batchNormalization',
    className: 'BatchNormalization',
    options: ['momentum', ...OPTIONS],
    read: readChannelAxis,
    write: () => ({ axis: -1 }),
  },
  {
    kind: 'layerNormalization',
    className: 'LayerNormalization',
    options: ['axis', ...OPTIONS],
  },
];
