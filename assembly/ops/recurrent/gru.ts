// The two GRUs, one row of one step: h = z h' + (1 - z) hh. They differ in where r resets: behind the product with U (`gru`)
// or before it (`gruResetBefore`, whose step has two products and so two phases).

import { ONE, broadcast } from '../../lib/constants';
import { storeLanes } from '../../lib/lanes';
import { sigmoidGate, tanhGate } from './gates';

@inline
function blend(z: v128, hBefore: v128, candidate: v128): v128 {
  return f32x4.add(f32x4.mul(z, hBefore), f32x4.mul(f32x4.sub(broadcast(ONE), z), candidate));
}

/** Gradient of the sum inside hh. */
@inline
function throughCandidate(d: v128, z: v128, candidate: v128): v128 {
  const one = broadcast(ONE);
  return f32x4.mul(f32x4.mul(d, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(candidate, candidate)));
}

@inline
function throughSigmoid(factor: v128, y: v128): v128 {
  return f32x4.mul(factor, f32x4.mul(y, f32x4.sub(broadcast(ONE), y)));
}

/** sums += bias, one gate. */
function addBias(units: u32, sums: usize, bias: usize): void {
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const at = (<usize>unit) << 2;
    v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.load(bias + at)));
  }
}

export function gruForward(
  units: u32,
  sums: usize,
  sumBytes: usize,
  projection: usize,
  bias: usize,
  hBefore: usize,
  h: usize,
  gates: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  const inner = sums + 2 * sumBytes;
  const r = gates + gateBytes;
  addBias(units, sums, bias);
  addBias(units, sums + sumBytes, bias + gateBytes);
  addBias(units, inner, bias + 2 * gateBytes);
  sigmoidGate(units, sums, projection, gates);
  sigmoidGate(units, sums + sumBytes, projection + gateBytes, r);
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const at = (<usize>unit) << 2;
    const q = v128.load(inner + at);
    storeLanes(r + 2 * gateBytes + at, q, units - unit);
    v128.store(inner + at, f32x4.mul(v128.load(r + at), q));
  }
  candidateForward(units, inner, projection, hBefore, h, gates);
}

/** dh carries what passes by z; the rest goes through `dRecurrent`, the gradient of h' U + b. */
export function gruBackward(
  units: u32,
  gates: usize,
  hBefore: usize,
  dOutput: usize,
  dh: usize,
  dProjection: usize,
  dRecurrent: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const left = units - unit;
    const at = (<usize>unit) << 2;
    const gate = gates + at;
    const z = v128.load(gate);
    const r = v128.load(gate + gateBytes);
    const candidate = v128.load(gate + 2 * gateBytes);
    const q = v128.load(gate + 3 * gateBytes);
    const d = f32x4.add(v128.load(dh + at), v128.load(dOutput + at));
    const dz = throughSigmoid(f32x4.mul(d, f32x4.sub(v128.load(hBefore + at), candidate)), z);
    const dCandidate = throughCandidate(d, z, candidate);
    const dr = throughSigmoid(f32x4.mul(dCandidate, q), r);
    storeLanes(dProjection + at, dz, left);
    storeLanes(dProjection + at + gateBytes, dr, left);
    storeLanes(dProjection + at + 2 * gateBytes, dCandidate, left);
    storeLanes(dRecurrent + at, dz, left);
    storeLanes(dRecurrent + at + gateBytes, dr, left);
    storeLanes(dRecurrent + at + 2 * gateBytes, f32x4.mul(dCandidate, r), left);
    storeLanes(dh + at, f32x4.mul(d, z), left);
  }
}

/** z, r, and r h' for the second product. */
export function resetForward(
  units: u32,
  sums: usize,
  sumBytes: usize,
  projection: usize,
  hBefore: usize,
  gates: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  const r = gates + gateBytes;
  sigmoidGate(units, sums, projection, gates);
  sigmoidGate(units, sums + sumBytes, projection + gateBytes, r);
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const at = (<usize>unit) << 2;
    const reset = f32x4.mul(v128.load(r + at), v128.load(hBefore + at));
    storeLanes(r + 2 * gateBytes + at, reset, units - unit);
  }
}

/** hh and h, where `sums` are what comes of the state inside hh. */
export function candidateForward(
  units: u32,
  sums: usize,
  projection: usize,
  hBefore: usize,
  h: usize,
  gates: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  const candidate = gates + 2 * gateBytes;
  tanhGate(units, sums, projection + 2 * gateBytes, candidate);
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const at = (<usize>unit) << 2;
    const next = blend(v128.load(gates + at), v128.load(hBefore + at), v128.load(candidate + at));
    storeLanes(h + at, next, units - unit);
  }
}

/** dz and the gradient inside hh; dh carries what passes by z. */
export function candidateBackward(
  units: u32,
  gates: usize,
  hBefore: usize,
  dOutput: usize,
  dh: usize,
  dProjection: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const left = units - unit;
    const at = (<usize>unit) << 2;
    const z = v128.load(gates + at);
    const candidate = v128.load(gates + at + 2 * gateBytes);
    const d = f32x4.add(v128.load(dh + at), v128.load(dOutput + at));
    const dz = throughSigmoid(f32x4.mul(d, f32x4.sub(v128.load(hBefore + at), candidate)), z);
    storeLanes(dProjection + at, dz, left);
    storeLanes(dProjection + at + 2 * gateBytes, throughCandidate(d, z, candidate), left);
    storeLanes(dh + at, f32x4.mul(d, z), left);
  }
}

/** dr, r h', and what passes by r, where `sums` are the gradient of r h'. */
export function resetBackward(
  units: u32,
  sums: usize,
  gates: usize,
  hBefore: usize,
  dh: usize,
  dProjection: usize,
  resetState: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const left = units - unit;
    const at = (<usize>unit) << 2;
    const r = v128.load(gates + at + gateBytes);
    const before = v128.load(hBefore + at);
    const d = v128.load(sums + at);
    storeLanes(dProjection + at + gateBytes, throughSigmoid(f32x4.mul(d, before), r), left);
    storeLanes(resetState + at, f32x4.mul(r, before), left);
    storeLanes(dh + at, f32x4.add(v128.load(dh + at), f32x4.mul(d, r)), left);
  }
}
