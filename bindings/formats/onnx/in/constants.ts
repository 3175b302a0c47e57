// Values that do not depend on the inputs: constants, shapes, and arithmetic on them.

import type { OnnxTensor } from '../schema.js';
import type { NodeReader, Operator } from './reader.js';
import { dimsOf, type Entry, type Numbers } from './values.js';

const numbers = (values: readonly number[], dims: readonly number[] = [values.length]): Numbers => ({
  kind: 'numbers',
  values,
  dims,
});

function constant(n: NodeReader): Entry {
  const { attributes } = n.node;
  const tensor = attributes.get('value');
  if (typeof tensor === 'object' && !Array.isArray(tensor)) return n.reader.constant(tensor as OnnxTensor, false);
  const scalar = attributes.get('value_float') ?? attributes.get('value_int');
  if (typeof scalar === 'number') return numbers([scalar], []);
  const list = attributes.get('value_floats') ?? attributes.get('value_ints');
  if (Array.isArray(list)) return numbers(list as number[]);
  return n.fail('a tensor or numbers as value', 'none');
}

function shape(n: NodeReader): Entry {
  const entry = n.entry(0);
  if (entry.kind === 'activation') return numbers(dimsOf(entry));
  if (entry.kind === 'stored') return numbers(entry.tensor.dims);
  return entry.kind === 'numbers' ? numbers(entry.dims) : n.fail('a tensor', 'a first state');
}

function constantOfShape(n: NodeReader): Entry {
  const { values } = n.numbers(0);
  const tensor = n.node.attributes.get('value');
  const value =
    typeof tensor === 'object' && !Array.isArray(tensor)
      ? n.reader.constant(tensor as OnnxTensor, false)
      : numbers([0]);
  const first =
    value.kind === 'numbers' && value.values.length === 1 ? value.values[0]! : n.fail('one number as value', 'others');
  if (values.some(Number.isNaN)) return { kind: 'fill', value: first };
  const count = values.reduce((all, side) => all * side, 1);
  if (!(count >= 0 && count <= 64)) return n.fail('a constant of at most 64 values', `[${values.join(', ')}]`);
  return numbers(new Array<number>(count).fill(first), values);
}

const arithmetic =
  (apply: (a: number, b: number) => number) =>
  (n: NodeReader): Entry => {
    const [a, b] = [n.numbers(0), n.numbers(1)];
    const long = a.values.length >= b.values.length ? a : b;
    const isFine = [a, b].every(({ values }) => values.length === 1 || values.length === long.values.length);
    if (!isFine) n.fail('as many numbers on both sides', `${a.values.length} and ${b.values.length}`);
    const at = ({ values }: Numbers, i: number) => values[values.length === 1 ? 0 : i]!;
    return numbers(
      long.values.map((_, i) => apply(at(a, i), at(b, i))),
      long.dims,
    );
  };

function gather(n: NodeReader): Entry {
  const { values } = n.numbers(0);
  const indices = n.numbers(1);
  const picked = indices.values.map(
    (index) =>
      values[index < 0 ? index + values.length : index] ?? n.fail(`an index below ${values.length}`, `${index}`),
  );
  return numbers(picked, indices.dims);
}

function slice(n: NodeReader): Entry {
  const given = n.entry(0);
  if (given.kind === 'fill') return given;
  const { values } = n.numbers(0);
  const [start, end] = [n.scalar(1), n.scalar(2)];
  if (n.has(4) && n.scalar(4) !== 1) n.fail('a step of 1', 'another');
  return numbers(values.slice(start, end));
}

function concatenated(n: NodeReader): Entry {
  const all = n.node.inputs.flatMap((_, i) => [...n.numbers(i).values]);
  return all.length <= 64 ? numbers(all) : n.fail('at most 64 numbers', `${all.length}`);
}

const same = (n: NodeReader): Entry => n.entry(0);
const asList = (n: NodeReader): Entry => (n.entry(0).kind === 'fill' ? n.entry(0) : numbers(n.numbers(0).values));

/** What is done with constants alone. */
const FOLDS: Readonly<Record<string, (n: NodeReader) => Entry>> = {
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: arithmetic((a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b)),
  Gather: gather,
  Slice: slice,
  Concat: concatenated,
  Identity: same,
  Cast: same,
  Unsqueeze: asList,
  Squeeze(n) {
    const entry = n.entry(0);
    return entry.kind === 'fill'
      ? entry
      : numbers(n.numbers(0).values, n.numbers(0).values.length === 1 ? [] : undefined);
  },
};

/** The result of a node whose inputs are few numbers that are known; undefined for any other. */
export function fold(n: NodeReader): Entry | undefined {
  const { inputs, opType } = n.node;
  if (inputs.length === 0 || !Object.hasOwn(FOLDS, opType)) return undefined;
  const isKnown = inputs.every((name, i) => name === '' || ['numbers', 'fill'].includes(n.entry(i).kind));
  return isKnown ? FOLDS[opType]!(n) : undefined;
}

export const constants: Readonly<Record<string, Operator>> = {
  Constant: { attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'], read: constant },
  ConstantOfShape: { attributes: ['value'], read: constantOfShape },
  Shape: { attributes: [], read: shape },
};
