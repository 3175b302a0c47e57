// Constants of the SIMD functions. They lie in static memory and are broadcast from there, one load each: V8 builds a
// vector constant with three instructions wherever registers run short, which doubled the time of e^x.

/** The 32-bit word at `address` in all four lanes. */
@inline
export function broadcast(address: usize): v128 {
  return v128.load_splat<u32>(address);
}

export const ONE = memory.data<f32>([1]);
export const HALF = memory.data<f32>([0.5]);
export const SIGN_BIT = memory.data<f32>([-0.0]);
export const INFINITE = memory.data<f32>([Infinity]);
export const NOT_A_NUMBER = memory.data<f32>([NaN]);
