// Solves symmetric positive definite systems in float64.

/**
 * x with A x = b for each column b, by Cholesky's decomposition A = L L^T. `a` is n x n and `b` n x columns, row-major;
 * only the lower triangle of `a` is read. Undefined if A is not positive definite to working precision.
 */
export function choleskySolve(a: Float64Array, b: Float64Array, n: number, columns: number): Float64Array | undefined {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i > j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum > 1e-13 * Math.abs(a[i * n + i]!)) lower[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  const x = b.slice();
  for (let column = 0; column < columns; column++) {
    const at = (row: number) => row * columns + column;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[at(i)]! -= lower[i * n + k]! * x[at(k)]!;
      x[at(i)]! /= lower[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[at(i)]! -= lower[k * n + i]! * x[at(k)]!;
      x[at(i)]! /= lower[i * n + i]!;
    }
  }
  return x;
}
