// Packs blocks of A and B into panels: what a register kernel reads in one step lies side by side. Strides are in bytes
// and may be anything, so a transposed operand differs from a plain one here and nowhere else. Called by ops/gemm.ts and ops/conv2d.ts.

import { A_STEP, TILE_COLUMNS, TILE_ROWS } from './microkernel';

/**
 * All panels of a block of A, TILE_ROWS high and one behind the other. In a last panel of fewer rows the last one is
 * repeated: the kernel's results for the rest are thrown away.
 */
export function packRows(source: usize, rowBytes: usize, stepBytes: usize, rows: u32, depth: u32, target: usize): void {
  const panelBytes = <usize>depth * A_STEP;
  const panelRowBytes = <usize>TILE_ROWS * rowBytes;
  let left = rows;
  if (rowBytes == 4) {
    const panels = rows / TILE_ROWS;
    copyFives(source, stepBytes, panels, depth, target, panelBytes);
    source += <usize>panels * panelRowBytes;
    target += <usize>panels * panelBytes;
    left -= panels * TILE_ROWS;
  }
  while (left) {
    const height = min(left, TILE_ROWS);
    packFour(source, rowBytes, stepBytes, height, depth, target, A_STEP);
    packOne(source + <usize>(height - 1) * rowBytes, stepBytes, depth, target + 16, A_STEP);
    left -= height;
    source += panelRowBytes;
    target += panelBytes;
  }
}

/**
 * All panels of a block of B, TILE_COLUMNS wide and one behind the other; of a last panel of at most four columns, the
 * left half. Elements beyond `columns` are whatever was at hand. Panels are `panelBytes` apart: more than these steps take
 * where others follow.
 */
export function packColumns(
  source: usize,
  columnBytes: usize,
  stepBytes: usize,
  columns: u32,
  depth: u32,
  target: usize,
  panelBytes: usize,
): void {
  const panelColumnBytes = <usize>TILE_COLUMNS * columnBytes;
  while (columns > 4) {
    if (columnBytes == 4) {
      copyEight(source, stepBytes, depth, target);
    } else {
      packFour(source, columnBytes, stepBytes, 4, depth, target, 32);
      packFour(source + 4 * columnBytes, columnBytes, stepBytes, min(columns - 4, 4), depth, target + 16, 32);
    }
    columns -= min(columns, TILE_COLUMNS);
    source += panelColumnBytes;
    target += panelBytes;
  }
  if (columns) packFour(source, columnBytes, stepBytes, columns, depth, target, 32);
}

/** `depth` steps of five adjacent elements for each of `panels`: what lies in one line of the cache is read together. */
@inline
function copyFives(source: usize, stepBytes: usize, panels: u32, depth: u32, target: usize, panelBytes: usize): void {
  const end = target + <usize>panels * panelBytes;
  for (let left = depth; left; --left) {
    let element = source;
    for (let panel = target; panel < end; panel += panelBytes) {
      v128.store(panel, v128.load(element));
      store<f32>(panel, load<f32>(element, 16), 16);
      element += A_STEP;
    }
    source += stepBytes;
    target += A_STEP;
  }
}

/** `depth` steps of eight adjacent elements. */
@inline
function copyEight(source: usize, stepBytes: usize, depth: u32, target: usize): void {
  const end = target + ((<usize>depth) << 5);
  while (target < end) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    source += stepBytes;
    target += 32;
  }
}

/** `depth` steps of four lanes, `laneBytes` apart in the source; with fewer `lanes` the last one is repeated. */
function packFour(
  source: usize,
  laneBytes: usize,
  stepBytes: usize,
  lanes: u32,
  depth: u32,
  target: usize,
  targetStep: usize,
): void {
  let lane0 = source;
  let lane1 = source + <usize>min(lanes - 1, 1) * laneBytes;
  let lane2 = source + <usize>min(lanes - 1, 2) * laneBytes;
  let lane3 = source + <usize>min(lanes - 1, 3) * laneBytes;
  let left = depth;
  if (stepBytes == 4) {
    for (; left >= 4; left -= 4) {
      const line0 = v128.load(lane0);
      const line1 = v128.load(lane1);
      const line2 = v128.load(lane2);
      const line3 = v128.load(lane3);
      const low01 = v128.shuffle<f32>(line0, line1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(line2, line3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(line0, line1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(line2, line3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f64>(low01, low23, 0, 2));
      target += targetStep;
      v128.store(target, v128.shuffle<f64>(low01, low23, 1, 3));
      target += targetStep;
      v128.store(target, v128.shuffle<f64>(high01, high23, 0, 2));
      target += targetStep;
      v128.store(target, v128.shuffle<f64>(high01, high23, 1, 3));
      target += targetStep;
      lane0 += 16;
      lane1 += 16;
      lane2 += 16;
      lane3 += 16;
    }
  }
  for (; left; --left) {
    store<f32>(target, load<f32>(lane0));
    store<f32>(target, load<f32>(lane1), 4);
    store<f32>(target, load<f32>(lane2), 8);
    store<f32>(target, load<f32>(lane3), 12);
    target += targetStep;
    lane0 += stepBytes;
    lane1 += stepBytes;
    lane2 += stepBytes;
    lane3 += stepBytes;
  }
}

/** `depth` steps of one lane. */
@inline
function packOne(source: usize, stepBytes: usize, depth: u32, target: usize, targetStep: usize): void {
  for (let left = depth; left; --left) {
    store<f32>(target, load<f32>(source));
    source += stepBytes;
    target += targetStep;
  }
}
