import { DataError } from '../../../runtime/errors.js';
import type { Fields } from '../names.js';
import { refuse, weightOptions, type ReadContext, type Translation, type WriteContext } from '../translation.js';

const OPTIONS = [
  'units',
  'activation',
  'activityRegularizer',
  'useBias',
  'dropout',
  'recurrentDropout',
  'returnSequences',
  'returnState',
  'goBackwards',
  ...weightOptions('kernel', 'recurrent', 'bias'),
];

/** States that live from batch to batch are another layer. */
function refuseStateful({ stateful = false }: Fields, { path }: ReadContext): void {
  if (stateful === false) return;
  throw new DataError(
    `${path}.stateful: expected false. Give the state as an input of the layer, and take it with return_state`,
  );
}

/** TensorFlow.js, and Keras 1, have another one where a file does not say. */
const gates = (config: Fields): Fields =>
  config.recurrent_activation === undefined ? { recurrentActivation: 'hardSigmoidKeras2' } : {};

export const RECURRENCES: readonly Translation[] = [
  {
    kind: 'simpleRNN',
    className: 'SimpleRNN',
    options: OPTIONS,
    read(config, context) {
      refuseStateful(config, context);
      return {};
    },
  },
  {
    kind: 'lstm',
    className: 'LSTM',
    options: [...OPTIONS, 'recurrentActivation', 'unitForgetBias'],
    read(config, context) {
      refuseStateful(config, context);
      return gates(config);
    },
  },
  {
    kind: 'gru',
    className: 'GRU',
    options: [...OPTIONS, 'recurrentActivation'],
    read(config, context) {
      refuseStateful(config, context);
      return { ...gates(config), resetAfter: config.reset_after ?? false };
    },
    write({ resetAfter }, { path }) {
      if (resetAfter === true)
        refuse(path, 'gru with resetAfter', 'Use gru(units, { resetAfter: false }), and train it so.');
      return { reset_after: false };
    },
  },
  {
    kind: 'bidirectional',
    className: 'Bidirectional',
    read({ layer }, context, { merge_mode: mode = 'concat' }) {
      const inner = context.readLayer(layer, `${context.path}.layer`, context.inputs);
      return { layer: inner, mergeMode: mode };
    },
    write: writeBidirectional,
  },
];

function writeBidirectional({ layer, mergeMode }: Fields, context: WriteContext): Fields {
  const inner = layer as { kind: 'lstm'; config: Fields };
  if (inner.config.returnState === true || context.inputs.length > 1) {
    refuse(context.path, 'bidirectional layer with states in its model.json', 'Leave returnState out.');
  }
  return { merge_mode: mergeMode, layer: context.writeLayer(inner, inner.kind, context.inputs) };
}
