import type { Tensor } from '../graph/tensor.js';
import { callLayer, type AnyLayer } from '../layers/layer.js';
import { formatShape, sameShape } from '../graph/shape.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkOptions, unknownName } from '../runtime/suggest.js';

export interface StatelessCallOptions {
  /** Tensors of the layer's parameters, all of them, by name. */
  parameters?: Readonly<Record<string, Tensor>>;
  /** As in `fit` (true) or as in `predict` (false, the default). */
  training?: boolean;
  /** Whether dropout and noise are drawn; as `training` by default. */
  stochastic?: boolean;
  /** Masks of the inputs, [batch, time] of 0 and 1. */
  masks?: readonly (Tensor | undefined)[];
}

export interface StatelessResult {
  outputs: readonly Tensor[];
  /** Next values of parameters that are not trained, such as moving moments, by name. */
  assigned: Readonly<Record<string, Tensor>>;
  /** Scalars that the layer adds to the loss. */
  penalties: readonly Tensor[];
  /** Masks of the outputs. */
  masks: readonly (Tensor | undefined)[];
}

/**
 * Calls a layer on tensors with parameters of the caller's, as Keras' `stateless_call`: inside `evaluateFunction` and
 * `valueAndGradients`, or inside a layer of one's own.
 *
 * @throws OptionError for a missing or unknown parameter, ShapeError for one of the wrong shape.
 * @example
 * const layer = dense(2);
 * valueAndGradients(
 *   ({ x, kernel, bias }) => ({ y: statelessCall(layer, [x], { parameters: { kernel, bias } }).outputs[0].sum() }),
 *   { x: [[1, 2, 3]], kernel: [[1, 0], [0, 1], [1, 1]], bias: [0, 0] },
 * );
 */
export function statelessCall(
  layer: AnyLayer,
  inputs: readonly Tensor[],
  options: StatelessCallOptions = {},
): StatelessResult {
  const { kind, name = kind, passesMask } = layer.definition;
  checkOptions(`statelessCall of ${name}`, options, ['parameters', 'training', 'stochastic', 'masks']);
  const { parameters = {}, training = false, stochastic = training, masks = [] } = options;
  layer.build(inputs.map((input) => input.shape.slice(1)));
  checkParameters(name, layer, parameters);
  const assigned: Record<string, Tensor> = {};
  const penalties: Tensor[] = [];
  const outputMasks: (Tensor | undefined)[] = passesMask ? [masks[0]] : [];
  const { outputs } = callLayer(layer, name, inputs, {
    graph: inputs[0]!.graph,
    training,
    stochastic,
    parameter: (parameter) => assigned[parameter] ?? parameters[parameter]!,
    assign: (parameter, value) => (assigned[parameter] = value),
    mask: (input = 0) => masks[input],
    setMask: (mask, output = 0) => (outputMasks[output] = mask),
    addLoss: (penalty) => penalties.push(penalty),
  });
  return { outputs, assigned, penalties, masks: outputs.map((_, i) => outputMasks[i]) };
}

function checkParameters(where: string, layer: AnyLayer, given: Readonly<Record<string, Tensor>>): void {
  const known = layer.parameters.map(({ name }) => name);
  for (const name of Object.keys(given)) if (!known.includes(name)) unknownName(where, 'parameter', name, known);
  for (const { name, shape } of layer.parameters) {
    const tensor = given[name];
    if (tensor && sameShape(tensor.shape, shape)) continue;
    if (tensor) {
      throw new ShapeError(`${where}: parameter ${name} has shape ${formatShape(shape)}, got ${tensor.describe()}.`);
    }
    throw new OptionError(
      `${where}: parameter ${name} ${formatShape(shape)} is missing. Give all: ${known.join(', ')}.`,
    );
  }
}
