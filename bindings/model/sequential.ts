import { formatShape, type Shape } from '../graph/shape.js';
import { checkSampleShape, input } from '../layers/input.js';
import { isLayer, SymbolicTensor, type Layer } from '../layers/layer.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { Model, type ModelOptions } from './model.js';
import { Network } from './network.js';

/**
 * A chain of layers. The shape of a sample is given by the first layer's `inputShape`, by `model.build(shape)`, or by the
 * first data (if they carry a shape).
 *
 * @example
 * const model = sequential([dense(64, { activation: 'relu', inputShape: [30] }), dropout(0.5), dense(10)], { seed: 1 });
 */
export function sequential(layers: readonly Layer[], options: ModelOptions = {}): Model {
  const where = options.name ?? 'sequential';
  checkOptions(where, options, ['name', 'seed']);
  if (!Array.isArray(layers)) {
    throw new OptionError(`${where}: expected an array of layers, got ${describeValue(layers)}.`);
  }
  if (layers.length === 0) throw new OptionError(`${where}: no layers. Give at least one.`);
  layers.forEach((layer, i) => {
    if (isLayer(layer)) return;
    throw new OptionError(
      `${where}: entry ${i} is no layer: ${describeValue(layer)}. Did you forget to call its factory?`,
    );
  });
  return new Model((inputShape) => buildChain(where, layers, inputShape), { name: where, ...options });
}

function buildChain(where: string, layers: readonly Layer[], dataShape: Shape | undefined): Network | undefined {
  const { inputShape, inputDtype = 'float32' } = layers[0]!.definition;
  const shape = inputShape ?? dataShape;
  if (shape === undefined) return undefined;
  checkSampleShape(where, shape);
  const first = input({ shape, dtype: inputDtype });
  const last = layers.reduce<SymbolicTensor>((value, layer) => layer(value), first);
  return new Network([first], [last]);
}

/**
 * A model from symbolic inputs to outputs: several of each, branches, layers used at several places.
 *
 * @example
 * const x = input({ shape: [8] });
 * const h = dense(16, { activation: 'relu' })(x);
 * const net = model({ inputs: x, outputs: add()([h, dense(16)(h)]) });
 */
export function model(
  options: ModelOptions & {
    inputs: SymbolicTensor | readonly SymbolicTensor[];
    outputs: SymbolicTensor | readonly SymbolicTensor[];
  },
): Model {
  checkOptions('model', options, ['name', 'seed', 'inputs', 'outputs']);
  const { inputs, outputs, ...rest } = options;
  const list = (value: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[] => {
    const values = Array.isArray(value) ? (value as readonly SymbolicTensor[]) : [value as SymbolicTensor];
    const odd = values.find((entry) => !(entry instanceof SymbolicTensor));
    if (odd === undefined && !values.includes(undefined as never)) return values;
    throw new OptionError(`model: inputs and outputs are what input() or a layer returned, got ${describeValue(odd)}.`);
  };
  if (list(inputs).length === 0 || list(outputs).length === 0) {
    throw new ShapeError(
      `model: expected at least one input and one output, got ${formatShape([list(inputs).length, list(outputs).length])}.`,
    );
  }
  const network = new Network(list(inputs), list(outputs));
  return new Model(() => network, rest);
}
