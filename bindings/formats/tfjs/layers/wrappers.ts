import type { OwnLayer, Translation } from '../translation.js';

export const WRAPPERS: readonly Translation[] = [
  {
    kind: 'timeDistributed',
    className: 'TimeDistributed',
    read({ layer }, { path, inputs: [shape = []], readLayer }) {
      return { layer: readLayer(layer, `${path}.layer`, [shape.slice(1)]) };
    },
    write: ({ layer }, { inputs: [shape = []], writeLayer }) => ({
      layer: writeLayer(layer as OwnLayer, `${(layer as OwnLayer).kind}_inner`, [shape.slice(1)]),
    }),
  },
];
