// Windows of 2 x 2 pixels, which most networks have: the four are in registers at once. Same results as the loops over
// windows of any size in ops/pool2d.ts.

import { extremeStart, joinFaults, moreExtreme } from '../../lib/extremes';
import { storeLanes } from '../../lib/lanes';

/** The largest of four pixels, for each channel. */
export function maximumOfQuad(window: usize, lineBytes: usize, pixelBytes: usize, target: usize): void {
  const below = window + lineBytes;
  for (let at: usize = 0; at < pixelBytes; at += 16) {
    const a = v128.load(window + at);
    const b = v128.load(window + at + pixelBytes);
    const c = v128.load(below + at);
    const d = v128.load(below + at + pixelBytes);
    const result = v128.or(largest(a, b, c, d), faultsOf(a, b, c, d));
    storeLanes(target + at, result, (<u32>(pixelBytes - at)) >> 2);
  }
}

/**
 * The first pixel that equals the largest, or the first NaN, takes the gradient of its window; the others get zeros. For
 * `bytes` of channels of a window that shares its pixels with no other.
 */
export function spreadToQuad(
  source: usize,
  target: usize,
  lineBytes: usize,
  pixelBytes: usize,
  gradient: usize,
  bytes: usize,
): void {
  const whole = bytes & ~15;
  for (let at: usize = 0; at < whole; at += 16) {
    spreadVector(source + at, target + at, lineBytes, pixelBytes, gradient + at, 4);
  }
  if (whole < bytes) {
    const lanes = (<u32>(bytes - whole)) >> 2;
    spreadVector(source + whole, target + whole, lineBytes, pixelBytes, gradient + whole, lanes);
  }
}

@inline
function spreadVector(
  source: usize,
  target: usize,
  lineBytes: usize,
  pixelBytes: usize,
  gradient: usize,
  lanes: u32,
): void {
  const below = source + lineBytes;
  const a = v128.load(source);
  const b = v128.load(source + pixelBytes);
  const c = v128.load(below);
  const d = v128.load(below + pixelBytes);
  const best = largest(a, b, c, d);
  const faults = faultsOf(a, b, c, d);
  const targetBelow = target + lineBytes;
  let left = v128.load(gradient);
  let isReceiver = receives(a, best, faults);
  storeLanes(target, v128.and(left, isReceiver), lanes);
  left = v128.andnot(left, isReceiver);
  isReceiver = receives(b, best, faults);
  storeLanes(target + pixelBytes, v128.and(left, isReceiver), lanes);
  left = v128.andnot(left, isReceiver);
  isReceiver = receives(c, best, faults);
  storeLanes(targetBelow, v128.and(left, isReceiver), lanes);
  left = v128.andnot(left, isReceiver);
  storeLanes(targetBelow + pixelBytes, v128.and(left, receives(d, best, faults)), lanes);
}

@inline
function largest(a: v128, b: v128, c: v128, d: v128): v128 {
  return moreExtreme(moreExtreme(moreExtreme(moreExtreme(extremeStart(true), a, true), b, true), c, true), d, true);
}

@inline
function faultsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return joinFaults(joinFaults(joinFaults(joinFaults(i32x4.splat(0), a), b), c), d);
}

/** The pixels whose value is the largest, or NaN where there is any. */
@inline
export function receives(values: v128, best: v128, faults: v128): v128 {
  return v128.bitselect(f32x4.ne(values, values), f32x4.eq(values, best), faults);
}
