// Activations and arithmetic.

import { activation } from '../../../layers/activation.js';
import type { Activation as ActivationOption } from '../../../layers/activations.js';
import type { Layer, SymbolicTensor } from '../../../layers/layer.js';
import { add, average, maximum, minimum, multiply, subtract } from '../../../layers/merging.js';
import { prelu } from '../../../layers/prelu.js';
import { sameOrder, transposeValues } from '../axes.js';
import { operatorLayer } from './operator.js';
import type { NodeReader, Operator } from './reader.js';
import { dimsOf, product, type Activation, type Entry } from './values.js';

/** What treats each element by itself leaves the order of axes as it is. */
function onEach(n: NodeReader, make: (name: string) => Layer): Entry {
  const { tensor, order } = n.view(0);
  return n.result(n.layer(make, [tensor]), order);
}

const named = (name: ActivationOption): Operator => ({
  attributes: [],
  read: (n) => onEach(n, (layerName) => activation(name, { name: layerName })),
});

const operator = (kind: string): Operator => ({
  attributes: [],
  read: (n) => onEach(n, (name) => operatorLayer({ operator: kind, name })),
});

const isNear = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b));

function hardSigmoid(n: NodeReader): Entry {
  const [alpha, beta] = [n.float('alpha', 0.2), n.float('beta', 0.5)];
  const known = isNear(beta, 0.5) && (isNear(alpha, 1 / 6) ? 'hardSigmoid' : isNear(alpha, 0.2) && 'hardSigmoidKeras2');
  if (!known) return n.fail('alpha of 1/6 or 0.2 and beta of 0.5', `${alpha} and ${beta}`);
  return onEach(n, (name) => activation(known, { name }));
}

function selu(n: NodeReader): Entry {
  const isUsual =
    isNear(n.float('alpha', 1.6732632), 1.6732632423543772) && isNear(n.float('gamma', 1.050701), 1.0507009873554805);
  if (!isUsual) n.fail('the alpha and gamma of the paper', 'others');
  return onEach(n, (name) => activation('selu', { name }));
}

function softmax(n: NodeReader): Entry {
  const x = n.activation(0);
  const rank = x.order.length;
  const given = n.int('axis', n.opset < 13 ? 1 : -1);
  const place = n.axis(given, rank);
  // Before opset 13 all axes from there on were normalised together.
  if (n.opset < 13 && place !== rank - 1) n.fail('the last axis', `axis ${given}`);
  const axis = x.order[place]!;
  if (axis === 0) n.fail('an axis that is not the batch', `axis ${given}`);
  const kind = n.node.opType === 'Softmax' ? 'softmax' : 'logSoftmax';
  const option = axis === rank - 1 ? kind : ({ name: kind, axis } as const);
  return n.result(
    n.layer((name) => activation(option, { name }), [x.tensor]),
    x.order,
  );
}

function clip(n: NodeReader): Entry {
  const bound = (index: number, attribute: string): number | undefined =>
    n.has(index) ? n.scalar(index) : n.node.attributes.has(attribute) ? n.float(attribute, 0) : undefined;
  const [low, high] = [bound(1, 'min'), bound(2, 'max')];
  if (low === 0 && high === 6) return onEach(n, (name) => activation('relu6', { name }));
  const limits = { ...(low !== undefined && { minimum: low }), ...(high !== undefined && { maximum: high }) };
  return onEach(n, (name) => operatorLayer({ operator: 'Clip', ...limits, name }));
}

function gelu(n: NodeReader): Entry {
  const approximate = n.text('approximate', 'none', ['none', 'tanh']);
  return onEach(n, (name) => activation(approximate === 'tanh' ? 'geluTanh' : 'gelu', { name }));
}

/**
 * A constant of ONNX's shape `dims` beside an activation: shape and values in our order, without the batch. It may have fewer
 * axes, which are missing in front.
 */
function besides(n: NodeReader, x: Activation, dims: readonly number[], values: Float32Array) {
  const rank = x.order.length;
  if (dims.length > rank) n.fail(`a constant of at most ${rank} axes`, `[${dims.join(', ')}]`);
  const stretched = [...new Array<number>(rank - dims.length).fill(1), ...dims];
  const sides = dimsOf(x);
  stretched.forEach((side, place) => {
    if (side === 1 || (side === sides[place] && x.order[place] !== 0)) return;
    n.fail(
      `a constant that stretches over [${sides.map((s) => (Number.isNaN(s) ? 'batch' : s)).join(', ')}]`,
      `[${dims.join(', ')}]`,
    );
  });
  const places = x.order.map((_, axis) => x.order.indexOf(axis));
  const turned = transposeValues(values, stretched, places);
  return { shape: places.slice(1).map((place) => stretched[place]!), values: turned };
}

/** y = x op constant. */
function withConstant(n: NodeReader, kind: string, constantIndex: 0 | 1): Entry {
  const x = n.activation(constantIndex === 0 ? 1 : 0);
  const { dims, values, isInitializer } = n.floats(constantIndex);
  const { shape, values: constant } = besides(n, x, dims, values);
  // A lone number is part of a formula; so is a Constant. What is trained stands among the initializers.
  const trainable = isInitializer && product(dims) > 1 && n.trainable;
  const config = { operator: kind, constantShape: shape, isLeft: constantIndex === 0, trainable };
  return n.result(
    n.layer((name) => operatorLayer({ ...config, name }), [x.tensor], { constant }),
    x.order,
  );
}

/** Two values with their axes in one order, and equally many. */
function aligned(n: NodeReader): { tensors: [SymbolicTensor, SymbolicTensor]; order: readonly number[] } {
  const [left, right] = [n.view(0), n.view(1)];
  const rank = Math.max(left.order.length, right.order.length);
  const widened = ({ tensor, order }: Activation) =>
    n.real(n.result(tensor, [...new Array<number>(rank - order.length).fill(-1), ...order]));
  const [a, b] = [widened(left), widened(right)];
  if (sameOrder(a.order, b.order)) return { tensors: [a.tensor, b.tensor], order: a.order };
  if (a.order.indexOf(0) !== b.order.indexOf(0)) n.fail('the batch on the same axis of both', 'different ones');
  const places = n.batchFirst(a);
  return {
    tensors: [n.arranged(a, places), n.arranged(b, places)],
    order: a.order.map((_, place) => places.indexOf(place)),
  };
}

const MERGES: Readonly<Record<string, (options: { name: string }) => Layer>> = {
  Add: add,
  Sum: add,
  Mul: multiply,
  Sub: subtract,
  Max: maximum,
  Min: minimum,
  Mean: average,
};

function pair(n: NodeReader): Entry {
  const kind = n.node.opType;
  if (n.isConstant(0)) return withConstant(n, kind, 0);
  if (n.isConstant(1)) return withConstant(n, kind, 1);
  const { tensors, order } = aligned(n);
  const isSame = String(tensors[0].shape) === String(tensors[1].shape);
  const merge = Object.hasOwn(MERGES, kind) && isSame ? MERGES[kind]! : undefined;
  return n.result(
    n.layer((name) => merge?.({ name }) ?? operatorLayer({ operator: kind === 'Sum' ? 'Add' : kind, name }), tensors),
    order,
  );
}

/** Operators of any number of inputs. */
function several(n: NodeReader): Entry {
  if (n.node.inputs.length === 1) return n.view(0);
  if (n.node.inputs.length === 2 && n.node.opType !== 'Mean') return pair(n);
  const given = n.node.inputs.map((_, i) => n.activation(i));
  const [first] = given;
  const same = given.every(
    (x) => sameOrder(x.order, first!.order) && String(x.tensor.shape) === String(first!.tensor.shape),
  );
  if (!same) n.fail('inputs of one shape', 'different ones');
  const make = MERGES[n.node.opType]!;
  return n.result(
    n.layer(
      (name) => make({ name }),
      given.map(({ tensor }) => tensor),
    ),
    first!.order,
  );
}

function power(n: NodeReader): Entry {
  const exponent = n.scalar(1);
  if (Math.abs(exponent) > 64) n.fail('an exponent of at most 64', `${exponent}`);
  return onEach(n, (name) => operatorLayer({ operator: 'Pow', exponent, name }));
}

/** The slopes are a constant beside the values. */
function parametricRelu(n: NodeReader): Entry {
  const x = n.activation(0);
  const { dims, values } = n.floats(1);
  const { shape, values: alpha } = besides(n, x, dims, values);
  const sharedAxes = shape.flatMap((side, i) => (side === 1 && x.tensor.shape[i] !== 1 ? [i + 1] : []));
  const { trainable } = n;
  const make = (name: string) => prelu({ name, sharedAxes, trainable, alphaInitializer: 'zeros' });
  return n.result(n.layer(make, [x.tensor], { alpha }), x.order);
}

/** The first value where a constant says so, else a number: what hides scores of an attention. */
function where(n: NodeReader): Entry {
  const x = n.activation(1);
  const { dims, values } = n.floats(0);
  const value = n.scalar(2);
  const { shape, values: constant } = besides(n, x, dims, values);
  const make = (name: string) => operatorLayer({ operator: 'Where', constantShape: shape, value, name });
  return n.result(n.layer(make, [x.tensor], { constant }), x.order);
}

const arithmetic: Operator = { attributes: [], read: pair };
const variadic: Operator = { attributes: [], read: several };

export const elementwise: Readonly<Record<string, Operator>> = {
  Relu: named('relu'),
  Sigmoid: named('sigmoid'),
  Tanh: named('tanh'),
  Softsign: named('softsign'),
  Softplus: named('softplus'),
  Exp: named('exponential'),
  Mish: named('mish'),
  LeakyRelu: {
    attributes: ['alpha'],
    read: (n) => onEach(n, (name) => activation({ name: 'leakyRelu', slope: n.float('alpha', 0.01) }, { name })),
  },
  Elu: {
    attributes: ['alpha'],
    read: (n) => onEach(n, (name) => activation({ name: 'elu', alpha: n.float('alpha', 1) }, { name })),
  },
  Selu: { attributes: ['alpha', 'gamma'], read: selu },
  HardSigmoid: { attributes: ['alpha', 'beta'], read: hardSigmoid },
  Gelu: { attributes: ['approximate'], read: gelu },
  Softmax: { attributes: ['axis'], read: softmax },
  LogSoftmax: { attributes: ['axis'], read: softmax },
  Clip: { attributes: ['min', 'max'], read: clip },
  PRelu: { attributes: [], read: parametricRelu },
  Abs: operator('Abs'),
  Erf: operator('Erf'),
  Log: operator('Log'),
  Neg: operator('Neg'),
  Reciprocal: operator('Reciprocal'),
  Sqrt: operator('Sqrt'),
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Pow: { attributes: [], read: power },
  Max: variadic,
  Min: variadic,
  Sum: variadic,
  Mean: variadic,
  Where: { attributes: [], read: where },
};
