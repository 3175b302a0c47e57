// Parts of a tensor: one place of an axis, or a stretch.

import { operatorLayer } from './operator.js';
import type { NodeReader, Operator } from './reader.js';
import { dimsOf, type Activation, type Entry } from './values.js';

const MAXIMUM_REVERSED = 4096;

/** A stretch along ONNX's axis. */
export function stretched(n: NodeReader, x: Activation, place: number, begin: number, size: number): Activation {
  const axis = x.order[place]!;
  const side = dimsOf(x)[place]!;
  if (axis === 0) n.fail('an axis that is not the batch', `axis ${place}`);
  if (begin < 0 || size < 1 || begin + size > side)
    n.fail(`a part of the ${side} places of axis ${place}`, `${size} from ${begin}`);
  if (size === side) return x;
  const tensor = n.layer((name) => operatorLayer({ operator: 'Slice', axes: [axis], begin, size, name }), [x.tensor]);
  return n.result(tensor, x.order);
}

/** Steps last to first along an axis of ours. */
export function reversed(n: NodeReader, x: Activation, axis: number): Activation {
  const side = x.tensor.shape[axis - 1] ?? 0;
  if (axis < 1 || side > MAXIMUM_REVERSED) n.fail(`an axis of at most ${MAXIMUM_REVERSED} steps to reverse`, `${side}`);
  return n.result(
    n.layer((name) => operatorLayer({ operator: 'Reverse', axes: [axis], name }), [x.tensor]),
    x.order,
  );
}

/** Without an axis of length 1. */
export function dropped(n: NodeReader, x: Activation, place: number): Activation {
  const axis = x.order[place]!;
  const order = x.order.filter((_, i) => i !== place);
  if (axis < 0) return n.result(x.tensor, order);
  if (axis === 0 || x.tensor.shape[axis - 1] !== 1)
    n.fail('an axis of length 1 that is not the batch', `axis ${place}`);
  const tensor = n.reshaped(
    x.tensor,
    x.tensor.shape.filter((_, i) => i !== axis - 1),
  );
  return n.result(
    tensor,
    order.map((other) => (other > axis ? other - 1 : other)),
  );
}

/** Gather with one known index: that place of an axis. */
export function selectAt(n: NodeReader): Entry {
  const x = n.activation(0);
  const place = n.axis(n.int('axis', 0), x.order.length);
  const { dims } = n.numbers(1);
  const index = n.scalar(1);
  if (dims.length > 0) n.fail('one index without axes', `indices of shape [${dims.join(', ')}]`);
  const side = dimsOf(x)[place]!;
  return dropped(n, stretched(n, x, place, index < 0 ? index + side : index, 1), place);
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

function slice(n: NodeReader): Entry {
  let x = n.activation(0);
  const [starts, ends] = [n.numbers(1).values, n.numbers(2).values];
  const axes = n.has(3) ? n.numbers(3).values : starts.map((_, i) => i);
  const steps = n.has(4) ? n.numbers(4).values : starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length))
    n.fail('as many ends, axes and steps as starts', 'others');
  starts.forEach((start, i) => {
    const place = n.axis(axes[i]!, x.order.length);
    const side = dimsOf(x)[place]!;
    if (Number.isNaN(side)) n.fail('an axis that is not the batch', `axis ${place}`);
    if (steps[i] === -1 && (start === -1 || start >= side - 1) && ends[i]! < -side) {
      x = reversed(n, x, x.order[place]!);
      return;
    }
    if (steps[i] !== 1) n.fail('steps of 1, or -1 over a whole axis', `${steps[i]}`);
    const from = clamp(start < 0 ? start + side : start, 0, side);
    const to = clamp(ends[i]! < 0 ? ends[i]! + side : ends[i]!, 0, side);
    x = stretched(n, x, place, from, to - from);
  });
  return x;
}

function split(n: NodeReader): Entry[] {
  const x = n.activation(0);
  const place = n.axis(n.int('axis', 0), x.order.length);
  const side = dimsOf(x)[place]!;
  const count = n.node.outputs.length;
  const even = Array.from({ length: count }, (_, i) => {
    const size = Math.ceil(side / count);
    return Math.min(size, side - i * size);
  });
  const sizes = n.ints('split') ?? (n.has(1) ? n.numbers(1).values : even);
  if (sizes.length !== count || sizes.reduce((a, b) => a + b, 0) !== side)
    n.fail(`${count} sizes that add up to ${side}`, `[${sizes.join(', ')}]`);
  let begin = 0;
  return sizes.map((size) => {
    const part = stretched(n, x, place, begin, size);
    begin += size;
    return part;
  });
}

export const select: Readonly<Record<string, Operator>> = {
  Slice: { attributes: [], read: slice },
  Split: { attributes: ['axis', 'split', 'num_outputs'], read: split },
};
