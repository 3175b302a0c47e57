// What tests of readers share: files broken at every offset, odd values at every place, and what may come of them: a result or
// a typed error, in bounded time, with prototypes as they were.

import fc from 'fast-check';
import { expect } from 'vitest';
import { WasmgradError } from '../../bindings/index.js';

/** Nothing that is read here is large: what takes longer hangs, or nearly so. */
const PATIENCE_MS = 5000;

/** The typed error of `run`, or undefined. Any other error fails the test; so does what takes long, or changes a prototype. */
export async function failureOf(run: () => unknown): Promise<WasmgradError | undefined> {
  const start = performance.now();
  let failure: WasmgradError | undefined;
  try {
    await run();
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
    failure = error;
  }
  expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
  expectCleanPrototypes();
  return failure;
}

/** No key of a file has reached what all objects share. */
export function expectCleanPrototypes(): void {
  for (const key of Object.keys(Object.prototype)) throw new Error(`Object.prototype has '${key}'`);
  if (Object.getPrototypeOf({}) !== Object.prototype) throw new Error('objects have another prototype');
}

/** The file with one byte changed, at every offset: all kinds of changes come in turn. */
export function* flips(file: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at++) {
    const broken = file.slice();
    broken[at]! ^= 1 + ((at * 37) % 255);
    yield broken;
  }
}

/** The file cut short, at every offset. */
export function* cuts(file: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < file.length; length++) yield file.slice(0, length);
}

/** Values that a reader may not expect at a place; `own` are those of its format. */
export const oddValues = (...own: unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom<unknown>(
      null,
      '',
      '__proto__',
      'constructor',
      -1,
      0,
      0.5,
      1e9,
      2 ** 53,
      1e308,
      true,
      [],
      {},
      ...own,
    ),
    fc.nat(9),
    fc.string({ maxLength: 4 }),
    fc.array(fc.nat(4), { maxLength: 4 }),
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
  );

/** Ways through a JSON value, for `mutate`. */
export const waysThrough = (depth: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(1000), { minLength: depth, maxLength: depth });

/** Changes one place of a JSON value: another value, no value, a value more. */
export function mutate(root: object, steps: readonly number[], value: unknown, how: number): void {
  let at = root as Record<string, unknown>;
  for (const step of steps) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = keys[step % keys.length]!;
    const next = at[key];
    if (typeof next === 'object' && next !== null && step % 5 > 0) {
      at = next as Record<string, unknown>;
      continue;
    }
    if (how === 0) delete at[key];
    else if (how === 1 && Array.isArray(at)) at.push(value);
    else at[key] = value;
    return;
  }
}
