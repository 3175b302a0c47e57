// The one-dimensional transforms of Winograd's convolution F(4, 3): four outputs of a filter of three taps by six products
// (Winograd 1980; Lavin & Gray 2016). Polynomials are evaluated at 0, +-3/4, +-3/2 and infinity: with these points, whose
// powers are exact, rounding errors are about twice those of the plain sum, where the usual 0, +-1, +-2 give five times.
//
// Each reads vectors of four channels `sourceStep` bytes apart and writes such `targetStep` bytes apart; source and target
// may not overlap. Applied to columns and then to rows they make F(4x4, 3x3).

/** Outputs of a tile along an axis. */
export const TILE: u32 = 4;
/** Positions of a tile along an axis: of its patch, and of its products. */
export const POSITIONS: u32 = 6;

const A: f32 = 0.75;
const B: f32 = 1.5;
const A2: f32 = A * A;
const B2: f32 = B * B;
const A3: f32 = A2 * A;
const B3: f32 = B2 * B;
const A2_B2: f32 = A2 * B2;
/** One over the product of a point's differences from the others: those of 0, +-A and +-B. */
const WEIGHT_0: f32 = <f32>(64.0 / 81.0);
const WEIGHT_A: f32 = <f32>(-128.0 / 243.0);
const WEIGHT_B: f32 = <f32>(32.0 / 243.0);

@inline
function times(x: v128, factor: f32): v128 {
  return f32x4.mul(x, f32x4.splat(factor));
}

/** Six values of a patch. */
@inline
export function spreadPatch(source: usize, sourceStep: usize, target: usize, targetStep: usize): void {
  const d0 = v128.load(source);
  const d1 = v128.load(source + sourceStep);
  const d2 = v128.load(source + 2 * sourceStep);
  const d3 = v128.load(source + 3 * sourceStep);
  const d4 = v128.load(source + 4 * sourceStep);
  const d5 = v128.load(source + 5 * sourceStep);
  v128.store(target, f32x4.add(f32x4.sub(times(d0, A2_B2), times(d2, A2 + B2)), d4));
  const evenA = f32x4.sub(d4, times(d2, B2));
  const oddA = times(f32x4.sub(d3, times(d1, B2)), A);
  v128.store(target + targetStep, f32x4.add(evenA, oddA));
  v128.store(target + 2 * targetStep, f32x4.sub(evenA, oddA));
  const evenB = f32x4.sub(d4, times(d2, A2));
  const oddB = times(f32x4.sub(d3, times(d1, A2)), B);
  v128.store(target + 3 * targetStep, f32x4.add(evenB, oddB));
  v128.store(target + 4 * targetStep, f32x4.sub(evenB, oddB));
  v128.store(target + 5 * targetStep, f32x4.add(f32x4.sub(times(d1, A2_B2), times(d3, A2 + B2)), d5));
}

/** Three taps of a kernel. */
@inline
export function spreadKernel(source: usize, sourceStep: usize, target: usize, targetStep: usize): void {
  const g0 = v128.load(source);
  const g1 = v128.load(source + sourceStep);
  const g2 = v128.load(source + 2 * sourceStep);
  v128.store(target, times(g0, WEIGHT_0));
  const evenA = times(f32x4.add(g0, times(g2, A2)), WEIGHT_A);
  const oddA = times(g1, A * WEIGHT_A);
  v128.store(target + targetStep, f32x4.add(evenA, oddA));
  v128.store(target + 2 * targetStep, f32x4.sub(evenA, oddA));
  const evenB = times(f32x4.add(g0, times(g2, B2)), WEIGHT_B);
  const oddB = times(g1, B * WEIGHT_B);
  v128.store(target + 3 * targetStep, f32x4.add(evenB, oddB));
  v128.store(target + 4 * targetStep, f32x4.sub(evenB, oddB));
  v128.store(target + 5 * targetStep, g2);
}

/** Sums of products to four outputs. */
@inline
export function gatherOutputs(source: usize, sourceStep: usize, target: usize, targetStep: usize): void {
  const m0 = v128.load(source);
  const m1 = v128.load(source + sourceStep);
  const m2 = v128.load(source + 2 * sourceStep);
  const m3 = v128.load(source + 3 * sourceStep);
  const m4 = v128.load(source + 4 * sourceStep);
  const m5 = v128.load(source + 5 * sourceStep);
  const evenA = f32x4.add(m1, m2);
  const oddA = f32x4.sub(m1, m2);
  const evenB = f32x4.add(m3, m4);
  const oddB = f32x4.sub(m3, m4);
  v128.store(target, f32x4.add(m0, f32x4.add(evenA, evenB)));
  v128.store(target + targetStep, f32x4.add(times(oddA, A), times(oddB, B)));
  v128.store(target + 2 * targetStep, f32x4.add(times(evenA, A2), times(evenB, B2)));
  v128.store(target + 3 * targetStep, f32x4.add(f32x4.add(times(oddA, A3), times(oddB, B3)), m5));
}

/** Gradients of four outputs: `gatherOutputs` transposed. */
@inline
export function spreadOutputs(source: usize, sourceStep: usize, target: usize, targetStep: usize): void {
  const y0 = v128.load(source);
  const y1 = v128.load(source + sourceStep);
  const y2 = v128.load(source + 2 * sourceStep);
  const y3 = v128.load(source + 3 * sourceStep);
  v128.store(target, y0);
  const evenA = f32x4.add(y0, times(y2, A2));
  const oddA = f32x4.add(times(y1, A), times(y3, A3));
  v128.store(target + targetStep, f32x4.add(evenA, oddA));
  v128.store(target + 2 * targetStep, f32x4.sub(evenA, oddA));
  const evenB = f32x4.add(y0, times(y2, B2));
  const oddB = f32x4.add(times(y1, B), times(y3, B3));
  v128.store(target + 3 * targetStep, f32x4.add(evenB, oddB));
  v128.store(target + 4 * targetStep, f32x4.sub(evenB, oddB));
  v128.store(target + 5 * targetStep, y3);
}

/** Sums of products to the gradients of three taps: `spreadKernel` transposed. */
@inline
export function gatherKernel(source: usize, sourceStep: usize, target: usize, targetStep: usize): void {
  const m0 = v128.load(source);
  const m1 = v128.load(source + sourceStep);
  const m2 = v128.load(source + 2 * sourceStep);
  const m3 = v128.load(source + 3 * sourceStep);
  const m4 = v128.load(source + 4 * sourceStep);
  const m5 = v128.load(source + 5 * sourceStep);
  const evenA = times(f32x4.add(m1, m2), WEIGHT_A);
  const oddA = times(f32x4.sub(m1, m2), A * WEIGHT_A);
  const evenB = times(f32x4.add(m3, m4), WEIGHT_B);
  const oddB = times(f32x4.sub(m3, m4), B * WEIGHT_B);
  v128.store(target, f32x4.add(times(m0, WEIGHT_0), f32x4.add(evenA, evenB)));
  v128.store(target + targetStep, f32x4.add(oddA, oddB));
  v128.store(target + 2 * targetStep, f32x4.add(f32x4.add(times(evenA, A2), times(evenB, B2)), m5));
}
