// What the recurrent layers share: options, parameters, initial and final state, masks.

import type { Tensor } from '../../graph/tensor.js';
import { formatShape, type Shape } from '../../graph/shape.js';
import { OptionError, ShapeError } from '../../runtime/errors.js';
import { checkNumber } from '../../runtime/suggest.js';
import { activationConfig, resolveActivation, type Activation } from '../activations.js';
import {
  layer,
  type AnyLayer,
  type BuildContext,
  type CallContext,
  type SymbolicTensor,
  type Layer,
} from '../layer.js';
import { resolveLayer, type OutputOptions, type TrainableOptions, type WeightOptions } from '../options.js';
import { CELLS, type Cell, type State } from './cells.js';
import { reverseTime, runComposed, runFused, type Recurrence, type RecurrenceResult } from './run.js';

/** Options of every recurrent layer, named and set as in Keras. */
export interface RecurrentOptions
  extends TrainableOptions, OutputOptions, WeightOptions<'kernel' | 'recurrent' | 'bias'> {
  /** Of the state; tanh by default. Another one runs step by step, which is slower. */
  activation?: Activation;
  useBias?: boolean;
  /** Share of each sample's features left out at all of its steps; 0 by default. Gal and Ghahramani 2016. */
  dropout?: number;
  /** Share of each sample's units of h left out of the recurrent product at all of its steps; 0 by default. */
  recurrentDropout?: number;
  /** h of every step, [batch, time, units], instead of the last one, [batch, units]; false by default. */
  returnSequences?: boolean;
  /** The layer's outputs are then [y, h] or, with a cell state, [y, h, c]; false by default. */
  returnState?: boolean;
  /** Reads the sequence from its end; the output is in the order of reading. */
  goBackwards?: boolean;
}

/** With gates, which have an activation of their own. */
export interface GatedOptions extends RecurrentOptions {
  /** Of the gates; sigmoid by default. Another one runs step by step, which is slower. */
  recurrentActivation?: Activation;
}

/** A layer of one output, or of several where the state is returned. */
export type RecurrentLayer<O extends RecurrentOptions> = O extends { returnState: true }
  ? Layer<SymbolicTensor[]>
  : Layer;

/** What tells the kinds of recurrent layer apart. */
export interface RecurrentKind {
  kind: 'simpleRNN' | 'lstm' | 'gru';
  cell: Cell;
  /** Options beside the common ones, for the configuration. */
  own: Readonly<Record<string, unknown>>;
  /** Declares the parameters in another way than as they come. */
  adapt?: (context: BuildContext) => BuildContext;
}

const COMMON = [
  'activation',
  'activityRegularizer',
  'useBias',
  'dropout',
  'recurrentDropout',
  'returnSequences',
  'returnState',
  'goBackwards',
];
const ROLES = { kernel: 'glorotUniform', recurrent: 'orthogonal', bias: 'zeros' } as const;

/** Recurrent layers with a way to make their mirror: the same layer, read from the end, its sequence in the order of the input. */
const mirrors = new WeakMap<AnyLayer, { options: RecurrentOptions; make: () => AnyLayer; states: number }>();

/** What `bidirectional` needs of a layer; undefined if it is none of the recurrent ones. */
export const mirrorOf = (given: AnyLayer) => mirrors.get(given);

export function recurrentLayer<O extends GatedOptions>(
  definition: RecurrentKind,
  units: number,
  options: O,
  isAligned = false,
): RecurrentLayer<O> {
  const { kind, cell, own, adapt = (context) => context } = definition;
  const { activation = 'tanh', ...others } = options;
  const gated = cell.gates > 1 ? ['recurrentActivation'] : [];
  const { where, base, config, declare, finish } = resolveLayer(kind, others, ROLES, [
    ...COMMON,
    ...gated,
    ...Object.keys(own),
  ]);
  checkNumber(where, 'units', units, { minimum: 1, integer: true });
  const { recurrentActivation = 'sigmoid', useBias = true, dropout = 0, recurrentDropout = 0 } = options;
  const { returnSequences = false, returnState = false, goBackwards = false } = options;
  for (const [name, rate] of Object.entries({ dropout, recurrentDropout })) {
    checkNumber(where, name, rate, { minimum: 0, below: 1 });
  }
  const activations = {
    activation: resolveActivation(where, activation),
    recurrentActivation: resolveActivation(where, recurrentActivation),
  };
  const isStandard = activation === 'tanh' && (cell.gates === 1 || recurrentActivation === 'sigmoid');
  const columns = cell.gates * units;

  const made = layer<SymbolicTensor[]>({
    kind,
    ...base,
    config: {
      units,
      activation: activationConfig(activation),
      ...(gated.length && { recurrentActivation: activationConfig(recurrentActivation) }),
      useBias,
      dropout,
      recurrentDropout,
      returnSequences,
      returnState,
      goBackwards,
      ...own,
      ...config,
    },
    build(context) {
      const features = checkInputs(context, units, cell);
      declare(context, 'kernel', [features, columns]);
      declare(context, 'recurrent', [units, columns], 'recurrentKernel');
      if (useBias) declare(adapt(context), 'bias', cell.hasRecurrentBias ? [2, columns] : [columns]);
    },
    call(inputs, context) {
      const x = inputs[0]!;
      const [batch] = x.shape as [number];
      const recurrence: Recurrence = {
        cell,
        ...readWeights(dropFeatures(x, dropout, context), cell, useBias, context),
        initial: initialState(inputs, cell, units),
        mask: maskOf(x, context, where),
        isReversed: goBackwards,
        isAligned,
      };
      const isDropping = recurrentDropout > 0 && context.stochastic;
      const factor = isDropping ? onesOf(context, [batch, units]).dropout(recurrentDropout) : undefined;
      const hasCell = cell.hasCell && returnState;
      const result =
        isStandard && !factor ? runFused(recurrence, hasCell) : runComposed(recurrence, { ...activations, factor });
      if (returnSequences) passMask(recurrence, context);
      return outputsOf(result, returnSequences, returnState, cell, (y) => finish(y, context));
    },
  });
  mirrors.set(made, {
    options,
    states: cell.hasCell ? 2 : 1,
    make: () => recurrentLayer(definition, units, { ...options, goBackwards: true }, true),
  });
  return made as unknown as RecurrentLayer<O>;
}

/** Checks the shapes of x and of the states given with it; returns the number of features. */
function checkInputs({ inputShapes, where }: BuildContext, units: number, cell: Cell): number {
  const [shape = [], ...states] = inputShapes;
  if (shape.length !== 2) {
    throw new ShapeError(
      `${where}: expected sequences [time, features] a sample, got ${formatShape(shape)}. Reshape to [time, 1] for one feature.`,
    );
  }
  const expected = cell.hasCell ? 2 : 1;
  if (states.length !== 0 && states.length !== expected) {
    throw new OptionError(
      `${where}: expected the sequence, or the sequence and ${expected} initial state(s) ` +
        `(${cell.hasCell ? '[x, h, c]' : '[x, h]'}), got ${inputShapes.length} inputs.`,
    );
  }
  const odd = states.find((state) => state.length !== 1 || state[0] !== units);
  if (odd) {
    throw new ShapeError(`${where}: expected initial states of shape [${units}] a sample, got ${formatShape(odd)}.`);
  }
  return shape[1]!;
}

const onesOf = ({ graph }: CallContext, shape: Shape): Tensor => graph.constant(1).broadcastTo(shape);

/** Leaves some features of each sample out at all of its steps. */
function dropFeatures(x: Tensor, rate: number, context: CallContext): Tensor {
  if (rate === 0 || !context.stochastic) return x;
  const [batch, , features] = x.shape as [number, number, number];
  return x.mul(onesOf(context, [batch, 1, features]).dropout(rate));
}

/** The projection of all steps, one product, and the recurrent weights. */
function readWeights(x: Tensor, cell: Cell, useBias: boolean, { graph, parameter }: CallContext) {
  const product = x.matmul(parameter('kernel'));
  const kernel = parameter('recurrentKernel');
  const columns = kernel.shape[1]!;
  if (!cell.hasRecurrentBias) {
    return { projection: useBias ? product.add(parameter('bias')) : product, kernel, bias: undefined };
  }
  if (!useBias) return { projection: product, kernel, bias: graph.constant(0).broadcastTo([columns]) };
  const row = (index: number): Tensor => parameter('bias').slice([index, 0], [1, columns]).reshape([columns]);
  return { projection: product.add(row(0)), kernel, bias: row(1) };
}

function initialState([x, h, c]: readonly Tensor[], cell: Cell, units: number): State {
  const zeros = (): Tensor => x!.graph.constant(0).broadcastTo([x!.shape[0]!, units]);
  return { h: h ?? zeros(), c: cell.hasCell ? (c ?? zeros()) : undefined };
}

function maskOf(x: Tensor, { mask }: CallContext, where: string): Tensor | undefined {
  const given = mask(0);
  const [batch, time] = x.shape;
  if (!given || (given.rank === 2 && given.shape[0] === batch && given.shape[1] === time)) return given;
  throw new ShapeError(`${where}: expected a mask of shape ${formatShape([batch!, time!])}, got ${given.describe()}.`);
}

/** A sequence in the order of reading has its mask in that order too. */
function passMask({ mask, isReversed, isAligned }: Recurrence, { setMask }: CallContext): void {
  setMask(mask && isReversed && !isAligned ? reverseTime(mask) : mask);
}

function outputsOf(
  { sequence, last }: RecurrenceResult,
  returnSequences: boolean,
  returnState: boolean,
  cell: Cell,
  finish: (y: Tensor) => Tensor,
): Tensor | Tensor[] {
  const y = finish(returnSequences ? sequence() : last.h());
  if (!returnState) return y;
  return [y, last.h(), ...(cell.hasCell ? [last.c()] : [])];
}

/** The cell of a kind. */
export const cellOf = (name: keyof typeof CELLS): Cell => CELLS[name];
