// Least squares in float64 by reflections, which keep the accuracy that X^T X would square away.

/** A column whose part outside the others is below this share of it counts as a combination of them. */
const DEPENDENT = 1e-12;

/**
 * The w that make ||A w - b||^2 smallest for each column b, by Householder's decomposition A = Q R. `a` is rows x n and `b`
 * rows x columns, row-major; both are overwritten. Undefined if the columns of A are linearly dependent to working precision.
 * Golub & Van Loan, Matrix Computations, section 5.3.
 */
export function householderSolve(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  n: number,
  columns: number,
): Float64Array | undefined {
  if (rows < n) return undefined;
  const diagonal = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const whole = norm(a, k, 0, rows, n);
    const rest = norm(a, k, k, rows, n);
    if (!(rest > DEPENDENT * whole)) return undefined;
    // The reflection takes column k to -sign rest e_k; its vector replaces the column from row k on.
    diagonal[k] = a[k * n + k]! > 0 ? -rest : rest;
    a[k * n + k]! -= diagonal[k]!;
    const scale = -1 / (diagonal[k]! * a[k * n + k]!);
    for (let j = k + 1; j < n; j++) reflect(a, k, n, scale, a, j, n, rows);
    for (let j = 0; j < columns; j++) reflect(a, k, n, scale, b, j, columns, rows);
  }
  const x = new Float64Array(n * columns);
  for (let j = 0; j < columns; j++) {
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[i * columns + j]!;
      for (let k = i + 1; k < n; k++) sum -= a[i * n + k]! * x[k * columns + j]!;
      x[i * columns + j] = sum / diagonal[i]!;
    }
  }
  return x;
}

/** Length of column k from row `first` on, scaled so that no square overflows. */
function norm(a: Float64Array, k: number, first: number, rows: number, n: number): number {
  let largest = 0;
  for (let i = first; i < rows; i++) largest = Math.max(largest, Math.abs(a[i * n + k]!));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = first; i < rows; i++) {
    const part = a[i * n + k]! / largest;
    sum += part * part;
  }
  return largest * Math.sqrt(sum);
}

/** Column j of `target` -= scale v (v . column), v the column k of `a` from row k on. */
function reflect(
  a: Float64Array,
  k: number,
  n: number,
  scale: number,
  target: Float64Array,
  j: number,
  width: number,
  rows: number,
): void {
  let dot = 0;
  for (let i = k; i < rows; i++) dot += a[i * n + k]! * target[i * width + j]!;
  for (let i = k; i < rows; i++) target[i * width + j]! -= scale * dot * a[i * n + k]!;
}
