// Reads the fields of an instruction (see opcodes.ts). Every kernel uses these three.

/** An unsigned integer field. */
@inline
export function count(instruction: usize, field: i32): u32 {
  return load<u32>(instruction + ((<usize>field) << 2));
}

/** A byte address field; 0 means "none". */
@inline
export function pointer(instruction: usize, field: i32): usize {
  return <usize>load<u32>(instruction + ((<usize>field) << 2));
}

/** A float32 field. */
@inline
export function real(instruction: usize, field: i32): f32 {
  return load<f32>(instruction + ((<usize>field) << 2));
}
