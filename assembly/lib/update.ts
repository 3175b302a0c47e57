// What the optimiser updates share: their hyper-parameters, spread over a vector once before the loop.

/** A hyper-parameter in all lanes. */
@inline
export function hyperParameter(hyper: usize, field: i32): v128 {
  return v128.load32_splat(hyper + ((<usize>field) << 2));
}

/** The factor of the gradient in all lanes: one float32 in memory, or 1 if there is none. */
@inline
export function gradientScale(address: usize): v128 {
  return address ? v128.load32_splat(address) : f32x4.splat(1);
}
