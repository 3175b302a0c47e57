// The bytes of a WebAssembly module with one function, written by hand: what the engine is given is what stands here.

/** Opcodes and types. Those of vectors follow the prefix `simd`, as LEB128. */
export const CODE = {
  i32: 0x7f,
  f32: 0x7d,
  v128: 0x7b,
  void: 0x40,
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  f32Const: 0x43,
  i32Less: 0x49,
  i32Add: 0x6a,
  i32Subtract: 0x6b,
  simdPrefix: 0xfd,
} as const;

export const SIMD = {
  load: 0x00,
  store: 0x0b,
  f32x4Splat: 0x13,
  f32x4ExtractLane: 0x1f,
  f32x4Add: 0xe4,
  f32x4Multiply: 0xe6,
  /** Relaxed SIMD: a * b + c, fused where the machine can. */
  f32x4RelaxedMultiplyAdd: 0x105,
} as const;

export const get = (local: number): number[] => [CODE.localGet, local];
export const set = (local: number): number[] => [CODE.localSet, local];
export const tee = (local: number): number[] => [CODE.localTee, local];
export const simd = (code: number): number[] => [CODE.simdPrefix, ...unsigned(code)];
export const i32Const = (value: number): number[] => [CODE.i32Const, ...signed(value)];
export const f32Const = (value: number): number[] => [
  CODE.f32Const,
  ...new Uint8Array(new Float32Array([value]).buffer),
];
export const extractFirstLane: readonly number[] = [...simd(SIMD.f32x4ExtractLane), 0];

/** `memory` pages, exported as `memory`; (func (export "run") (param ...parameters) (result f32) (local v128 x vectors) body) */
export function makeModule(
  parameters: readonly number[],
  vectors: number,
  body: readonly number[],
  memory = 0,
): Uint8Array<ArrayBuffer> {
  const code = [1, ...unsigned(vectors), CODE.v128, ...body, CODE.end];
  const exports = [exportOf('run', 0), ...(memory > 0 ? [exportOf('memory', 2)] : [])];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters.length, ...parameters, 1, CODE.f32]),
    ...section(3, [1, 0]),
    ...(memory > 0 ? section(5, [1, 0, ...unsigned(memory)]) : []),
    ...section(7, [exports.length, ...exports.flat()]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function exportOf(name: string, kind: number): number[] {
  const bytes = new TextEncoder().encode(name);
  return [bytes.length, ...bytes, kind, 0];
}

const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];

/** LEB128. */
export function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
