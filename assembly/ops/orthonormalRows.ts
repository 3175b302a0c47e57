// Orthonormal rows: the Q of a QR decomposition, for initial weights. Each row needs those before it, so one part does all.

import { OrthonormalRowsField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { foldProducts, sumLanes } from '../lib/sum';

export function orthonormalRows(instruction: usize, part: u32): void {
  if (part) return;
  const target = pointer(instruction, OrthonormalRowsField.targetPointer);
  const rows = count(instruction, OrthonormalRowsField.rows);
  const columns = count(instruction, OrthonormalRowsField.columns);
  const rowBytes = (<usize>columns) << 2;
  memory.copy(target, pointer(instruction, OrthonormalRowsField.sourcePointer), <usize>rows * rowBytes);
  for (let r: u32 = 0; r < rows; ++r) {
    const row = target + <usize>r * rowBytes;
    for (let pass = 0; pass < 2; ++pass) {
      for (let other = target; other < row; other += rowBytes) {
        addMultiple(row, other, columns, <f32>-dot(row, other, columns));
      }
    }
    scale(row, columns, <f32>(1 / Math.sqrt(dot(row, row, columns))));
  }
}

function dot(a: usize, b: usize, elements: u32): f64 {
  let sums = f64x2.splat(0);
  for (; elements >= 4; elements -= 4) {
    sums = f64x2.add(sums, foldProducts(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = sumLanes(sums);
  for (; elements; --elements) {
    sum += <f64>load<f32>(a) * <f64>load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}

/** row += factor other */
function addMultiple(row: usize, other: usize, elements: u32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; elements >= 4; elements -= 4) {
    v128.store(row, f32x4.add(v128.load(row), f32x4.mul(v128.load(other), factors)));
    row += 16;
    other += 16;
  }
  for (; elements; --elements) {
    store<f32>(row, load<f32>(row) + load<f32>(other) * factor);
    row += 4;
    other += 4;
  }
}

function scale(row: usize, elements: u32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; elements >= 4; elements -= 4) {
    v128.store(row, f32x4.mul(v128.load(row), factors));
    row += 16;
  }
  for (; elements; --elements) {
    store<f32>(row, load<f32>(row) * factor);
    row += 4;
  }
}
