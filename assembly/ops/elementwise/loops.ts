// The loops of the element-wise functions, one a number of operands. `F` is an unmanaged class with one inlined method
// `apply`, called on a null pointer: it only names a function at compile time, so every loop is specialised to its
// function.
//
// Targets are written exactly, sources may be read up to 15 bytes beyond their end, and a target may be one of the
// sources.

import { storeLanes } from '../../lib/lanes';

/** target = F(a) for a cheap F: four vectors a turn. */
export function mapLight<F>(a: usize, target: usize, elements: u32, p0: f32, p1: f32): void {
  const f = changetype<F>(0);
  const p = f32x4.splat(p0);
  const q = f32x4.splat(p1);
  for (; elements >= 16; elements -= 16) {
    v128.store(target, f.apply(v128.load(a), p, q));
    v128.store(target, f.apply(v128.load(a, 16), p, q), 16);
    v128.store(target, f.apply(v128.load(a, 32), p, q), 32);
    v128.store(target, f.apply(v128.load(a, 48), p, q), 48);
    a += 64;
    target += 64;
  }
  for (; elements >= 4; elements -= 4) {
    v128.store(target, f.apply(v128.load(a), p, q));
    a += 16;
    target += 16;
  }
  if (elements) storeLanes(target, f.apply(v128.load(a), p, q), elements);
}

/** target = F(a) for an F of many instructions, which therefore stands here once. */
export function map<F>(a: usize, target: usize, elements: u32, p0: f32, p1: f32): void {
  const f = changetype<F>(0);
  const p = f32x4.splat(p0);
  const q = f32x4.splat(p1);
  while (elements) {
    const first = f.apply(v128.load(a), p, q);
    const second = f.apply(v128.load(a + (elements > 4 ? 16 : 0)), p, q);
    if (elements < 8) {
      storeLanes(target, first, elements);
      if (elements > 4) storeLanes(target + 16, second, elements - 4);
      return;
    }
    v128.store(target, first);
    v128.store(target, second, 16);
    a += 32;
    target += 32;
    elements -= 8;
  }
}

/** target = F(a, b) for a cheap F. */
export function mapPairsLight<F>(a: usize, b: usize, target: usize, elements: u32, p0: f32): void {
  const f = changetype<F>(0);
  const p = f32x4.splat(p0);
  for (; elements >= 16; elements -= 16) {
    v128.store(target, f.apply(v128.load(a), v128.load(b), p));
    v128.store(target, f.apply(v128.load(a, 16), v128.load(b, 16), p), 16);
    v128.store(target, f.apply(v128.load(a, 32), v128.load(b, 32), p), 32);
    v128.store(target, f.apply(v128.load(a, 48), v128.load(b, 48), p), 48);
    a += 64;
    b += 64;
    target += 64;
  }
  for (; elements >= 4; elements -= 4) {
    v128.store(target, f.apply(v128.load(a), v128.load(b), p));
    a += 16;
    b += 16;
    target += 16;
  }
  if (elements) storeLanes(target, f.apply(v128.load(a), v128.load(b), p), elements);
}

/** target = F(a, b) for an F of many instructions. */
export function mapPairs<F>(a: usize, b: usize, target: usize, elements: u32): void {
  const f = changetype<F>(0);
  while (elements) {
    const result = f.apply(v128.load(a), v128.load(b));
    if (elements < 4) {
      storeLanes(target, result, elements);
      return;
    }
    v128.store(target, result);
    a += 16;
    b += 16;
    target += 16;
    elements -= 4;
  }
}

/** target = F(a, b, c) */
export function mapTriples<F>(a: usize, b: usize, c: usize, target: usize, elements: u32): void {
  const f = changetype<F>(0);
  while (elements) {
    const result = f.apply(v128.load(a), v128.load(b), v128.load(c));
    if (elements < 4) {
      storeLanes(target, result, elements);
      return;
    }
    v128.store(target, result);
    a += 16;
    b += 16;
    c += 16;
    target += 16;
    elements -= 4;
  }
}
