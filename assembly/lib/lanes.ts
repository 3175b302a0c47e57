// Ends of buffers whose length is no multiple of four: lanes behind the end may be read, but must neither count nor be written.

/** All bits set in the first `lanes` lanes (0 to 4), none in the others. */
@inline
export function laneMask(lanes: u32): v128 {
  return i32x4.gt_s(i32x4.splat(lanes), i32x4(0, 1, 2, 3));
}

/** Stores the first `lanes` lanes, or all four if `lanes` is 4 or more. */
@inline
export function storeLanes(target: usize, x: v128, lanes: u32): void {
  if (lanes >= 4) {
    v128.store(target, x);
  } else if (lanes & 2) {
    v128.store64_lane(target, x, 0);
    if (lanes & 1) v128.store32_lane(target, x, 2, 8);
  } else if (lanes) {
    v128.store32_lane(target, x, 0);
  }
}
