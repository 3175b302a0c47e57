// Shares the outputs of an instruction among the parts of a run. Work is split over outputs only, and each output is
// computed the same way in any part, so the bits do not depend on how many parts there are.

/** First of `total` items that belongs to `part` of `parts`, a multiple of `grain`; the next part's start is its end. */
@inline
export function partStart(total: u32, part: u32, parts: u32, grain: u32): u32 {
  const grains: u64 = (total + grain - 1) / grain;
  const start: u32 = <u32>((grains * part) / parts) * grain;
  return start < total ? start : total;
}
