// What rearranges: most of it only says that axes are others now.

import type { Layer } from '../../../layers/layer.js';
import { concat } from '../../../layers/merging.js';
import { reshape as reshapeLayer } from '../../../layers/shapes.js';
import { permuted } from '../axes.js';
import { operatorLayer } from './operator.js';
import type { NodeReader, Operator } from './reader.js';
import { dropped } from './select.js';
import { dimsOf, product, type Activation, type Entry } from './values.js';

const show = (sides: readonly number[]): string =>
  `[${sides.map((side) => (Number.isNaN(side) ? 'batch' : side)).join(', ')}]`;

/** The place of the batch in a shape that is wanted, and the sides before and behind it. */
function placeBatch(
  n: NodeReader,
  dims: readonly number[],
  wanted: readonly number[],
): { batch: number; sides: number[] } {
  const before = product(dims.slice(0, dims.findIndex(Number.isNaN)));
  const size = product(dims.filter((side) => !Number.isNaN(side)));
  const known = (list: readonly number[]) => product(list.filter((side) => side > 0));
  const fits = (batch: number): number[] | undefined => {
    const others = wanted.filter((_, i) => i !== batch);
    const open = others.filter((side) => side === -1).length;
    const share = size / known(others);
    if (others.some(Number.isNaN) || open > 1 || !Number.isInteger(share) || (open === 0 && share !== 1))
      return undefined;
    const sides = others.map((side) => (side === -1 ? share : side));
    return product(sides.slice(0, batch)) === before ? sides : undefined;
  };
  const marked = wanted.findIndex(Number.isNaN);
  const places = marked >= 0 ? [marked] : [wanted.indexOf(-1), ...wanted.map((_, i) => i)];
  for (const batch of places) {
    const sides = batch < 0 ? undefined : fits(batch);
    if (sides) return { batch, sides };
  }
  return n.fail('a shape in which the batch stays an axis', `${show(wanted)} for ${show(dims)}`);
}

function reshapeTo(n: NodeReader, x: Activation, wanted: readonly number[]): Entry {
  const { batch, sides } = placeBatch(n, dimsOf(x), wanted);
  // Axes of length 1 may lie anywhere: then the values are in order as they are.
  const long = n.batchFirst(x).flatMap((place) => (dimsOf(x)[place] === 1 ? [] : [x.order[place]!]));
  const inOrder = long.every((axis, i) => i === 0 || axis > long[i - 1]!);
  const { tensor } = inOrder ? x : n.plain(x);
  const order = wanted.map((_, i) => (i === batch ? 0 : i < batch ? i + 1 : i));
  if (String(tensor.shape) === String(sides)) return n.result(tensor, order);
  return n.result(
    n.layer((name) => reshapeLayer(sides, { name }), [tensor]),
    order,
  );
}

function reshape(n: NodeReader): Entry {
  const x = n.activation(0);
  const dims = dimsOf(x);
  const { values } = n.numbers(1);
  const isZero = n.int('allowzero', 0) !== 0;
  const wanted = values.map((side, i) => (side === 0 && !isZero ? (dims[i] ?? 0) : side));
  if (wanted.length > 8 || wanted.some((side) => side === 0 || side < -1))
    n.fail('positive sides, 0 or -1', show(values));
  return reshapeTo(n, x, wanted);
}

function flatten(n: NodeReader): Entry {
  const x = n.activation(0);
  const axis = n.int('axis', 1);
  const rank = x.order.length;
  const place = axis < 0 ? axis + rank : axis;
  if (place !== 1) n.fail("attribute 'axis' of 1", `${axis}`);
  return reshapeTo(n, x, [dimsOf(x)[0]!, -1]);
}

function transpose(n: NodeReader): Entry {
  const x = n.view(0);
  const rank = x.order.length;
  const perm = n.ints('perm') ?? x.order.map((_, i) => rank - 1 - i);
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((axis) => axis < 0 || axis >= rank)) {
    n.fail(`attribute 'perm' with each of ${rank} axes once`, show(perm));
  }
  return n.result(x.tensor, permuted(x.order, perm));
}

/** Axes as an attribute, or from opset 13 as an input. */
const axesOf = (n: NodeReader, index = 1): readonly number[] | undefined =>
  n.ints('axes') ?? (n.has(index) ? n.numbers(index).values : undefined);

function unsqueeze(n: NodeReader): Entry {
  const x = n.view(0);
  const axes = axesOf(n) ?? n.fail('axes', 'none');
  const rank = x.order.length + axes.length;
  if (rank > 8) n.fail('at most 8 axes', `${rank}`);
  const places = new Set(axes.map((axis) => n.axis(axis, rank)));
  if (places.size !== axes.length) n.fail('different axes', show(axes));
  const rest = x.order.values();
  return n.result(
    x.tensor,
    Array.from({ length: rank }, (_, i) => (places.has(i) ? -1 : rest.next().value!)),
  );
}

function squeeze(n: NodeReader): Entry {
  const x = n.view(0);
  const dims = dimsOf(x);
  const rank = x.order.length;
  const axes = axesOf(n)?.map((axis) => n.axis(axis, rank)) ?? dims.flatMap((side, i) => (side === 1 ? [i] : []));
  return [...new Set(axes)].sort((a, b) => b - a).reduce((value, place) => dropped(n, value, place), x);
}

function join(n: NodeReader): Entry {
  const given = n.node.inputs.map((_, i) => n.activation(i));
  const [first] = given as [Activation];
  const rank = first.order.length;
  const place = n.axis(n.int('axis', 0), rank);
  if (given.some(({ order }) => order.length !== rank)) n.fail(`inputs of ${rank} axes`, 'others');
  if (given.length === 1) return first;
  const axis = first.order[place]!;
  if (axis === 0) n.fail('an axis that is not the batch', `axis ${place}`);
  // All in the order of the first.
  const places = Array.from({ length: rank }, (_, ours) => first.order.indexOf(ours));
  const tensors = given.map((x) => n.arranged(x, places));
  return n.result(
    n.layer((name) => concat({ axis, name }), tensors),
    first.order,
  );
}

function pad(n: NodeReader): Entry {
  const x = n.activation(0);
  n.text('mode', 'constant', ['constant']);
  const value = n.has(2) ? n.scalar(2) : n.float('value', 0);
  const list = n.ints('pads') ?? n.numbers(1).values;
  const rank = x.order.length;
  const pairs = x.order.map((_, place): readonly [number, number] => [list[place] ?? NaN, list[place + rank] ?? NaN]);
  const isFine = pairs.every(([before, after]) => before >= 0 && after >= 0 && before + after < 2 ** 20);
  if (list.length !== 2 * rank || !isFine) n.fail(`${2 * rank} widths that are not negative`, show(list));
  const byAxis = x.order.map((_, axis) => pairs[x.order.indexOf(axis)]!);
  if (byAxis[0]![0] + byAxis[0]![1] > 0) n.fail('no padding of the batch', show(list));
  if (byAxis.every(([before, after]) => before + after === 0)) return x;
  const make = (name: string): Layer => operatorLayer({ operator: 'Pad', pads: byAxis.slice(1), value, name });
  return n.result(n.layer(make, [x.tensor]), x.order);
}

function reduce(n: NodeReader): Entry {
  const x = n.activation(0);
  const rank = x.order.length;
  const given = axesOf(n) ?? n.fail('axes', 'none, which would reduce the batch too');
  const places = given.map((axis) => n.axis(axis, rank));
  const axes = places.map((place) => x.order[place]!);
  if (axes.includes(0) || axes.length === 0) n.fail('axes that are not the batch', show(given));
  const make = (name: string): Layer => operatorLayer({ operator: n.node.opType, axes, keepDims: true, name });
  const kept = n.result(n.layer(make, [x.tensor]), x.order);
  if (n.int('keepdims', 1) !== 0) return kept;
  return [...new Set(places)]
    .sort((a, b) => b - a)
    .reduce<Activation>((value, place) => dropped(n, value, place), kept);
}

/** Repeats axes of length 1. */
function expand(n: NodeReader): Entry {
  const x = n.activation(0);
  const { values } = n.numbers(1);
  const dims = dimsOf(x);
  if (values.length > dims.length) n.fail(`at most ${dims.length} axes`, show(values));
  const wanted = [...dims.slice(0, dims.length - values.length).map(() => 1), ...values];
  const sides = wanted.map((side, i) => (Number.isNaN(side) || side === 1 ? dims[i]! : side));
  const isFine = sides.every((side, i) => Object.is(side, dims[i]) || (dims[i] === 1 && side >= 1 && side < 2 ** 20));
  if (!isFine) n.fail(`a shape that ${show(dims)} stretches to`, show(values));
  const constantShape = x.order.map((_, axis) => sides[x.order.indexOf(axis)]!).slice(1);
  return n.result(
    n.layer((name) => operatorLayer({ operator: 'Expand', constantShape, name }), [x.tensor]),
    x.order,
  );
}

const same: Operator = { attributes: ['ratio', 'seed', 'training_mode'], read: (n) => [n.entry(0), undefined] };

/** Types that are numbers here too. */
const NUMERIC = [1, 6, 7, 10, 11];

function cast(n: NodeReader): Entry {
  const to = n.int('to', 0);
  const entry = n.entry(0);
  if (!NUMERIC.includes(to)) n.fail("attribute 'to' of a type of numbers", `${to}`);
  if (entry.kind === 'activation' && (entry.tensor.dtype === 'int32') !== (to === 6 || to === 7)) {
    n.fail(`a cast of ${entry.tensor.dtype} to its own kind of number`, `${to}`);
  }
  return entry;
}

const reduction: Operator = { attributes: ['axes', 'keepdims', 'noop_with_empty_axes'], read: reduce };

export const shapes: Readonly<Record<string, Operator>> = {
  Reshape: { attributes: ['allowzero'], read: reshape },
  Flatten: { attributes: ['axis'], read: flatten },
  Transpose: { attributes: ['perm'], read: transpose },
  Squeeze: { attributes: ['axes'], read: squeeze },
  Unsqueeze: { attributes: ['axes'], read: unsqueeze },
  Concat: { attributes: ['axis'], read: join },
  Pad: { attributes: ['mode', 'pads', 'value'], read: pad },
  Expand: { attributes: [], read: expand },
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceSum: reduction,
  Identity: same,
  Dropout: same,
  Cast: { attributes: ['to', 'saturate'], read: cast },
};
