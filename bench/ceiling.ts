// What one core can do at most: independent chains of f32x4.mul and f32x4.add in a wasm module written here byte by byte.
//
//   (func (export "run") (param $loops i32) (param $factor f32) (param $term f32) (result f32)
//     (local $factors v128) (local $terms v128) (local $chain0 v128) ...
//     loop: each chain is multiplied by $factors, or $terms added to it, or both in turn; --loops)
//
// No load and no store: the figure bounds every kernel without FMA on this core and engine.

const LANES = 4;
const PASSES = 4;
const SAMPLES = 8;
const WARM_MILLISECONDS = 30;
const SAMPLE_MILLISECONDS = 2;

/**
 * `joint` chains multiply and then add, as a sum of products does; `apart`, the odd ones add and the even ones multiply, so
 * that fewer chains hide the latency. More chains are better until, with two operands, they exceed the 16 registers of x86-64.
 * The loop is not unrolled: V8 would reorder what is inside, and lose a sixth of the rate.
 */
const SHAPES: readonly Shape[] = [
  ...[8, 10, 12, 13, 14].map((chains) => ({ chains, links: 'joint' }) as const),
  ...[8, 10, 12, 14].map((chains) => ({ chains, links: 'apart' }) as const),
];

interface Shape {
  chains: number;
  links: 'joint' | 'apart';
}

export interface Ceiling {
  gigaflops: number;
  shape: string;
}

/** The highest rate seen over all shapes, in several passes: a clock that dips, or a neighbour, should not lower it. */
export function measureCeiling(): Ceiling {
  const runners = SHAPES.map(makeRunner);
  const best: Ceiling = { gigaflops: 0, shape: '' };
  for (let pass = 0; pass < PASSES; pass++) {
    for (const [i, { chains, links }] of SHAPES.entries()) {
      const gigaflops = runners[i]!();
      if (gigaflops > best.gigaflops) Object.assign(best, { gigaflops, shape: `${chains} chains, ${links}` });
    }
  }
  return best;
}

/** Warms a shape up; the result takes samples and returns the highest rate. */
function makeRunner(shape: Shape): () => number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(chainModule(shape)));
  const run = exports.run as (loops: number, factor: number, term: number) => number;
  // Chains tend to 1 where joint, and stay where they are where apart: no overflow, no subnormal.
  const [factor, term] = shape.links === 'joint' ? [0.5, 0.5] : [1, 0];
  const flopsPerLoop = (shape.links === 'joint' ? 2 : 1) * LANES * shape.chains;
  let loops = 10_000;
  const sample = () => {
    const start = performance.now();
    run(loops, factor, term);
    return performance.now() - start;
  };
  // Until the optimising tier has taken over, and a sample is long enough for the clock.
  for (const begin = performance.now(); performance.now() - begin < WARM_MILLISECONDS;) {
    if (sample() < SAMPLE_MILLISECONDS) loops *= 2;
  }
  return () => (flopsPerLoop * loops) / Math.min(...Array.from({ length: SAMPLES }, sample)) / 1e6;
}

const enum Code {
  i32 = 0x7f,
  f32 = 0x7d,
  v128 = 0x7b,
  localGet = 0x20,
  localSet = 0x21,
  localTee = 0x22,
  loop = 0x03,
  branchIf = 0x0d,
  end = 0x0b,
  void = 0x40,
  i32Const = 0x41,
  i32Subtract = 0x6b,
  f32Const = 0x43,
  simd = 0xfd,
  splat = 0x13,
  extractLane = 0x1f,
  add = 0xe4,
  multiply = 0xe6,
}

function chainModule({ chains, links }: Shape): Uint8Array<ArrayBuffer> {
  const [loops, factor, term, factors, terms, firstChain] = [0, 1, 2, 3, 4, 5];
  const locals = Array.from({ length: chains }, (_, i) => firstChain + i);
  const constant = (value: number) => [Code.f32Const, ...new Uint8Array(new Float32Array([value]).buffer)];
  const splat = [Code.simd, Code.splat];
  const apply = (chain: number, operand: number, code: number) => [
    ...[Code.localGet, chain, Code.localGet, operand, ...simd(code), Code.localSet, chain],
  ];
  const step = locals.flatMap((chain, i) => [
    ...(links === 'joint' || i % 2 === 0 ? apply(chain, factors, Code.multiply) : []),
    ...(links === 'joint' || i % 2 === 1 ? apply(chain, terms, Code.add) : []),
  ]);
  const body = [
    ...[1, chains + 2, Code.v128],
    ...[Code.localGet, factor, ...splat, Code.localSet, factors, Code.localGet, term, ...splat, Code.localSet, terms],
    ...locals.flatMap((chain, i) => [...constant(1 + i), ...splat, Code.localSet, chain]),
    ...[Code.loop, Code.void],
    ...step,
    ...[Code.localGet, loops, Code.i32Const, 1, Code.i32Subtract, Code.localTee, loops, Code.branchIf, 0, Code.end],
    // The sum of all chains is returned, so that none is dead.
    ...locals.flatMap((chain, i) => [Code.localGet, chain, ...(i > 0 ? simd(Code.add) : [])]),
    ...[Code.simd, Code.extractLane, 0, Code.end],
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, Code.i32, Code.f32, Code.f32, 1, Code.f32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

const simd = (code: number): number[] => [Code.simd, ...unsigned(code)];
const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
