// What one core can compute at most: independent chains of f32x4.mul and f32x4.add, or of relaxed multiply-adds.
//
//   (func (export "run") (param $loops i32) (param $factor f32) (param $term f32) (result f32)
//     (local $factors v128) (local $terms v128) (local $chain0 v128) ...
//     loop: each chain is multiplied by $factors, or $terms added to it, or both in turn; --loops)
//
// No load and no store: the figure bounds every kernel of these instructions on this core and engine.

import { CODE, extractFirstLane, f32Const, get, i32Const, makeModule, set, simd, SIMD, tee } from './module.js';
import { makeSampler } from './sample.js';

const LANES = 4;
const PASSES = 4;

/**
 * `joint` chains multiply and then add, as a sum of products does; `apart`, the odd ones add and the even ones multiply, so
 * that fewer chains hide the latency; `fused` ones do both in one instruction. More chains are better until, with two operands,
 * they exceed the 16 registers of x86-64. The loop is not unrolled: V8 would reorder what is inside, and lose a sixth of the rate.
 */
interface Shape {
  chains: number;
  links: 'joint' | 'apart' | 'fused';
}

const MULTIPLY_ADD: readonly Shape[] = [
  ...[8, 10, 12, 13, 14].map((chains) => ({ chains, links: 'joint' }) as const),
  ...[8, 10, 12, 14].map((chains) => ({ chains, links: 'apart' }) as const),
];
const FUSED: readonly Shape[] = [8, 10, 12, 13].map((chains) => ({ chains, links: 'fused' }));

const FLOPS_PER_LINK = { joint: 2, apart: 1, fused: 2 };

export interface ArithmeticCeiling {
  gigaflops: number;
  shape: string;
}

/** Measures the rate of separate multiplications and additions, more closely at each call; gives the highest so far. */
export const makeMultiplyAddMeter = (): (() => ArithmeticCeiling) => makeMeter(MULTIPLY_ADD);

/** The rate of relaxed multiply-adds; undefined if the engine has none. */
export function measureFused(): ArithmeticCeiling | undefined {
  return WebAssembly.validate(chainModule(FUSED[0]!)) ? repeat(makeMeter(FUSED)) : undefined;
}

/** The last result of several calls: a clock that dips, or a neighbour, should not lower it. */
export function repeat<T>(measure: () => T): T {
  for (let pass = 1; pass < PASSES; pass++) measure();
  return measure();
}

/** Each call is a pass over all shapes. */
function makeMeter(shapes: readonly Shape[]): () => ArithmeticCeiling {
  const samplers = shapes.map(makeRunner);
  let best: ArithmeticCeiling = { gigaflops: 0, shape: '' };
  return () => {
    for (const [i, { chains, links }] of shapes.entries()) {
      const gigaflops = (FLOPS_PER_LINK[links] * LANES * chains) / samplers[i]!() / 1e6;
      if (gigaflops > best.gigaflops) best = { gigaflops, shape: `${chains} chains, ${links}` };
    }
    return best;
  };
}

function makeRunner(shape: Shape): () => number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(chainModule(shape)));
  const run = exports.run as (loops: number, factor: number, term: number) => number;
  // Chains tend to 1 where both, and stay where they are where apart: no overflow, no subnormal.
  const [factor, term] = shape.links === 'apart' ? [1, 0] : [0.5, 0.5];
  return makeSampler((loops) => run(loops, factor, term), 10_000);
}

function chainModule({ chains, links }: Shape): Uint8Array<ArrayBuffer> {
  const [loops, factor, term, factors, terms, firstChain] = [0, 1, 2, 3, 4, 5];
  const locals = Array.from({ length: chains }, (_, i) => firstChain + i);
  const multiply = (chain: number) => [...get(chain), ...get(factors), ...simd(SIMD.f32x4Multiply), ...set(chain)];
  const add = (chain: number) => [...get(chain), ...get(terms), ...simd(SIMD.f32x4Add), ...set(chain)];
  const step = {
    joint: (chain: number) => [...multiply(chain), ...add(chain)],
    apart: (chain: number, i: number) => (i % 2 === 0 ? multiply(chain) : add(chain)),
    fused: (chain: number) => [
      ...[...get(chain), ...get(factors), ...get(terms), ...simd(SIMD.f32x4RelaxedMultiplyAdd), ...set(chain)],
    ],
  }[links];
  const splat = simd(SIMD.f32x4Splat);
  return makeModule([CODE.i32, CODE.f32, CODE.f32], chains + 2, [
    ...[...get(factor), ...splat, ...set(factors), ...get(term), ...splat, ...set(terms)],
    ...locals.flatMap((chain, i) => [...f32Const(1 + i), ...splat, ...set(chain)]),
    ...[CODE.loop, CODE.void],
    ...locals.flatMap(step),
    ...[...get(loops), ...i32Const(1), CODE.i32Subtract, ...tee(loops), CODE.branchIf, 0, CODE.end],
    // The sum of all chains is returned, so that none is dead.
    ...locals.flatMap((chain, i) => [...get(chain), ...(i > 0 ? simd(SIMD.f32x4Add) : [])]),
    ...extractFirstLane,
  ]);
}
