// Recurrent layers against their references: sequences, final states, and gradients of all of them.

import {
  bidirectional,
  gru,
  lstm,
  simpleRNN,
  statelessCall,
  type AnyLayer,
  type MergeMode,
  type Tensor,
} from '../../../bindings/index.js';
import { evaluateGraph } from '../../support/evaluateGraph.js';
import { assertAllClose, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface RecurrentAttributes {
  op: string;
  units: number;
  returnSequences: boolean;
  resetAfter?: boolean;
  cell?: string;
  mergeMode?: MergeMode;
}

function layerOf(kind: string, { units, returnSequences, resetAfter = true }: RecurrentAttributes): AnyLayer {
  // A bidirectional reference has no final states.
  const options = { returnSequences };
  if (kind === 'lstm') return lstm(units, options);
  return kind === 'gru' ? gru(units, { ...options, resetAfter }) : simpleRNN(units, options);
}

function withState(kind: string, { units, returnSequences, resetAfter = true }: RecurrentAttributes): AnyLayer {
  const options = { returnSequences, returnState: true } as const;
  if (kind === 'lstm') return lstm(units, options);
  return kind === 'gru' ? gru(units, { ...options, resetAfter }) : simpleRNN(units, options);
}

/** Calls a layer with the inputs of a case; what is no parameter of the layer is x or an initial state. */
function compare(reference: GoldenCase<RecurrentAttributes>, layer: AnyLayer): void {
  const names = Object.keys(reference.outputs);
  const isWeight = (name: string): boolean => !['x', 'h0', 'c0'].includes(name);
  const entries = Object.entries(reference.inputs);
  const inputs = Object.fromEntries(entries.filter(([name]) => !name.startsWith('cotangent')));
  const cotangents = Object.fromEntries(
    entries.flatMap(([name, array]) => {
      if (name === 'cotangent') return [['y', array] as const];
      return name.startsWith('cotangent_') ? [[name.slice('cotangent_'.length), array] as const] : [];
    }),
  );
  const { outputs, gradients } = evaluateGraph(
    inputs,
    (leaves): Record<string, Tensor> => {
      const { x, h0, c0 } = leaves;
      const parameters = Object.fromEntries(Object.entries(leaves).filter(([name]) => isWeight(name)));
      const given = [x, h0, c0].filter((tensor) => tensor !== undefined);
      const results = statelessCall(layer, given, { parameters, training: true }).outputs;
      return Object.fromEntries(results.map((tensor, i) => [names[i]!, tensor]));
    },
    { cotangents },
  );
  assertAllClose(reference, 'outputs', outputs, reference.outputs);
  assertAllClose(reference, 'grads', gradients, reference.grads);
}

const direct: Runner<RecurrentAttributes> = (reference) => {
  compare(reference, withState(reference.attrs.op, reference.attrs));
};

const both: Runner<RecurrentAttributes> = (reference) => {
  const { attrs } = reference;
  compare(reference, bidirectional(layerOf(attrs.cell!, attrs), { mergeMode: attrs.mergeMode ?? 'concat' }));
};

export const family = goldenFamily<RecurrentAttributes>('recurrent', {
  simpleRNN: direct,
  lstm: direct,
  gru: direct,
  bidirectional: both,
});
