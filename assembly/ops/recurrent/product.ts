// The product of a recurrent step: some rows times a matrix that all steps share. The matrix is packed into panels once for
// the whole instruction if scratch can hold it; else its rows are read where they are.
//
// Scratch: | zeros, a tile row | panels of A | sums, ROWS x columns | panels of B |

import { GEMM_LAST_BLOCK } from '../../opcodes';
import { blockDepth } from '../../lib/blocks';
import { A_STEP, TILE_COLUMNS, TILE_ROWS, f32GemmPacked5x8 } from '../../lib/microkernel';
import { packColumns, packRows } from '../../lib/pack';
import { SCRATCH_BYTES, scratch } from '../../lib/scratch';

/** Rows of a step computed together, a multiple of TILE_ROWS; fewer where their sums would not fit. */
const ROWS: u32 = 40;
const SUM_BYTES: u32 = 1 << 18;
const A_PANELS: usize = 64;
const SUMS: usize = A_PANELS + ((<usize>(GEMM_LAST_BLOCK * ROWS)) << 2);

/** Columns that a gate of `units` takes in sums and panels: whole tiles. */
@inline
export function paddedUnits(units: u32): u32 {
  return ((units + TILE_COLUMNS - 1) / TILE_COLUMNS) * TILE_COLUMNS;
}

/** Rows of a step that are computed together when each has `columns` sums. */
export function blockRows(columns: u32): u32 {
  const fitting = SUM_BYTES / (columns << 2) / TILE_ROWS;
  return min(ROWS, max(1, fitting) * TILE_ROWS);
}

/** Where the sums of a step begin. */
@inline
export function stepSums(): usize {
  return scratch() + SUMS;
}

@inline
function panelsStart(columns: u32): usize {
  return SUMS + ((<usize>(blockRows(columns) * columns)) << 2);
}

/** Whether scratch holds a matrix of `depth` x `columns` beside `sumColumns` sums a row. */
@inline
function isPackable(depth: u32, columns: u32, sumColumns: u32): bool {
  return panelsStart(sumColumns) + ((<usize>depth * columns) << 2) <= <usize>SCRATCH_BYTES;
}

/** A matrix [depth, gates x units] as `multiplyStep` reads it. One at a time: the layout lies in these. */
let matrix: usize = 0;
let matrixStep: usize = 0;
let matrixPanelBytes: usize = 0;
let matrixGateBytes: usize = 0;

/** Prepares the matrix of all steps, given that a step has at most `sumColumns` sums a row. */
export function setMatrix(source: usize, depth: u32, gates: u32, units: u32, sumColumns: u32): void {
  const padded = paddedUnits(units);
  const rowBytes = (<usize>(gates * units)) << 2;
  assert(panelsStart(sumColumns) <= <usize>SCRATCH_BYTES);
  v128.store(scratch(), f32x4.splat(0));
  v128.store(scratch(), f32x4.splat(0), 16);
  if (!isPackable(depth, gates * padded, sumColumns)) {
    matrix = source;
    matrixStep = rowBytes;
    matrixPanelBytes = (<usize>TILE_COLUMNS) << 2;
    matrixGateBytes = (<usize>units) << 2;
    return;
  }
  matrix = scratch() + panelsStart(sumColumns);
  matrixStep = (<usize>TILE_COLUMNS) << 2;
  matrixPanelBytes = <usize>depth * matrixStep;
  matrixGateBytes = <usize>(padded / TILE_COLUMNS) * matrixPanelBytes;
  // Packing leaves the right half of a narrow last panel as it is; the kernel reads it.
  if (padded != units) memory.fill(matrix, 0, <usize>gates * matrixGateBytes);
  for (let gate: u32 = 0; gate < gates; ++gate) {
    packColumns(
      source + ((<usize>(gate * units)) << 2),
      4,
      rowBytes,
      units,
      depth,
      matrix + <usize>gate * matrixGateBytes,
      matrixPanelBytes,
    );
  }
}

/**
 * sums[row, gate, unit] = a[row, 0 .. depth) times the matrix' rows from `firstDepth` on, for `gates` gates from `firstGate`.
 * Summed in the order that GemmField fixes.
 */
export function multiplyStep(
  a: usize,
  aRowBytes: usize,
  rows: u32,
  firstDepth: u32,
  depth: u32,
  firstGate: u32,
  gates: u32,
  units: u32,
  sumRowBytes: usize,
): void {
  const padded = paddedUnits(units);
  const panelA = scratch() + A_PANELS;
  const zeros = scratch();
  const b = matrix + <usize>firstDepth * matrixStep;
  for (let step: u32 = 0; step < depth;) {
    const width = blockDepth(depth - step);
    const panelBytes = <usize>width * A_STEP;
    packRows(a + ((<usize>step) << 2), aRowBytes, 4, rows, width, panelA);
    for (let gate = firstGate; gate < firstGate + gates; ++gate) {
      let panel = b + <usize>gate * matrixGateBytes + <usize>step * matrixStep;
      let sums = stepSums() + ((<usize>(gate * padded)) << 2);
      for (let column: u32 = 0; column < padded; column += TILE_COLUMNS) {
        let tile = sums;
        let rowPanel = panelA;
        for (let row: u32 = 0; row < rows; row += TILE_ROWS) {
          f32GemmPacked5x8(
            rowPanel,
            panel,
            matrixStep,
            width,
            tile,
            sumRowBytes,
            step ? tile : zeros,
            step ? sumRowBytes : 0,
            zeros,
            -Infinity,
          );
          rowPanel += panelBytes;
          tile += <usize>TILE_ROWS * sumRowBytes;
        }
        panel += matrixPanelBytes;
        sums += (<usize>TILE_COLUMNS) << 2;
      }
    }
    step += width;
  }
}
