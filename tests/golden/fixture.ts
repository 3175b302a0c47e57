// Reference cases: their form, how they are read, and what it means to agree with one.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { sameShape, type Shape } from '../../bindings/graph/shape.js';

/** The files in fixtures/. Each has a test of its name. */
export const FAMILIES = [
  'activations',
  'dense',
  'losses',
  'optimizers',
  'tensorOps',
  'clippingEma',
  'schedules',
  'endToEnd',
] as const;

export type Family = (typeof FAMILIES)[number];

export interface FixtureTensor {
  shape: Shape;
  /** Row-major. */
  data: readonly number[];
  /** float32 if absent; a bool is 0 or 1. */
  dtype?: 'int32' | 'bool';
}

export interface Tolerance {
  rtol: number;
  atol: number;
}

export type FixtureTensors = Readonly<Record<string, FixtureTensor>>;

/** A case with the attributes `A`: the op and its hyper-parameters. */
export interface GoldenCase<A extends { op: string }> {
  name: string;
  attrs: A;
  tol: Tolerance;
  inputs: FixtureTensors;
  outputs: FixtureTensors;
  grads: FixtureTensors;
}

/** Another set of the same cases may be tested instead of the one in the repository. */
export const FIXTURES = process.env.GOLDEN_FIXTURES
  ? pathToFileURL(`${process.env.GOLDEN_FIXTURES}/`)
  : new URL('fixtures/', import.meta.url);

export const readFamily = <A extends { op: string }>(family: Family): GoldenCase<A>[] =>
  JSON.parse(readFileSync(new URL(`${family}.json`, FIXTURES), 'utf8')) as GoldenCase<A>[];

/** The tensor `name`, or an error that names what there is. */
export function tensorOf(tensors: FixtureTensors, name: string): FixtureTensor {
  const tensor = tensors[name];
  if (tensor) return tensor;
  throw new Error(`the case has no tensor '${name}', only ${Object.keys(tensors).join(', ')}`);
}

/** Tensors named `prefix0`, `prefix1` ..., in their order. */
export function numbered(tensors: FixtureTensors, prefix: string): FixtureTensor[] {
  const found: FixtureTensor[] = [];
  for (let next = tensors[`${prefix}0`]; next; next = tensors[`${prefix}${found.length}`]) found.push(next);
  return found;
}

/** What the library computed. Without a shape only the number of elements is compared. */
export interface Computed {
  data: ArrayLike<number>;
  shape?: Shape;
}

/** Throws unless every element agrees: |got - expected| <= atol + rtol |expected|, integers and booleans exactly. */
export function assertClose(where: string, got: Computed | undefined, expected: FixtureTensor, tol: Tolerance): void {
  if (!got) throw new Error(`${where}: nothing was computed`);
  if (got.shape && !sameShape(got.shape, expected.shape)) {
    throw new Error(`${where}: got shape [${got.shape.join(', ')}], expected [${expected.shape.join(', ')}]`);
  }
  const { length } = expected.data;
  if (got.data.length !== length) throw new Error(`${where}: got ${got.data.length} elements, expected ${length}`);
  const isExact = expected.dtype !== undefined;
  const share = (index: number): number => {
    const [value, reference] = [got.data[index]!, expected.data[index]!];
    if (value === reference) return 0;
    const used = isExact ? Infinity : Math.abs(value - reference) / (tol.atol + tol.rtol * Math.abs(reference));
    return Number.isNaN(used) ? Infinity : used;
  };
  const shares = expected.data.map((_, index) => share(index));
  const outside = shares.filter((used) => used > 1).length;
  if (outside === 0) return;
  const worst = shares.indexOf(Math.max(...shares));
  const position = indexOf(worst, expected.shape);
  throw new Error(
    `${where}[${position.join(', ')}]: got ${got.data[worst]}, expected ${expected.data[worst]}, ` +
      `${shares[worst]!.toPrecision(3)} times the tolerance; ${outside} of ${length} elements are outside it`,
  );
}

/** The indices along each axis of a flat position. */
function indexOf(flat: number, shape: Shape): number[] {
  const position: number[] = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    position.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return position;
}

/** Compares every reference of a group (`outputs`, `grads`) that is given, by name. */
export function assertAllClose(
  { name, tol }: Pick<GoldenCase<{ op: string }>, 'name' | 'tol'>,
  group: string,
  got: Readonly<Record<string, Computed | undefined>>,
  expected: FixtureTensors,
): void {
  for (const [key, reference] of Object.entries(expected)) {
    assertClose(`${name} ${group}.${key}`, got[key], reference, tol);
  }
}
