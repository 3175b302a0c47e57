// Reverse-mode differentiation on Float64Array: few operations, as plain as they can be, for what subjects are compared with.

/** An array of numbers and, if something is differentiated by it, the gradient that reaches it. Shapes are the caller's. */
export interface Value {
  readonly data: Float64Array;
  readonly gradient?: Float64Array;
}

/** Operands of `count` products a[m, k] b[k, n] side by side. */
export interface ProductSizes {
  count?: number;
  m: number;
  k: number;
  n: number;
}

export const constant = (data: ArrayLike<number>): Value => ({ data: Float64Array.from(data) });
/** What a result is differentiated by. */
export const parameter = (data: Float64Array): Value => ({ data, gradient: new Float64Array(data.length) });

export class Tape {
  private readonly steps: (() => void)[] = [];

  /** Adds `seed` to the gradient of `result`, and every gradient that follows. */
  backward(result: Value, seed: Float64Array): void {
    seed.forEach((g, i) => (result.gradient![i]! += g));
    for (const step of this.steps.reverse()) step();
  }

  /** y[i] = x[indices[i]], 0 where the index is -1: windows, transposes, slices, repetition and maxima are all this. */
  gather(x: Value, indices: Int32Array): Value {
    const data = Float64Array.from(indices, (index) => (index < 0 ? 0 : x.data[index]!));
    return this.record(data, [x], (dy) => {
      indices.forEach((index, i) => {
        if (index >= 0) x.gradient![index]! += dy[i]!;
      });
    });
  }

  /** y = f(x) of each element; `derivative` is given x and y. */
  map(x: Value, f: (x: number) => number, derivative: (x: number, y: number) => number): Value {
    const y = x.data.map((value) => f(value));
    return this.record(y, [x], (dy) => dy.forEach((g, i) => (x.gradient![i]! += g * derivative(x.data[i]!, y[i]!))));
  }

  /** a + b, b repeated if it is shorter. */
  add(a: Value, b: Value): Value {
    const length = b.data.length;
    const y = a.data.map((value, i) => value + b.data[i % length]!);
    return this.record(y, [a, b], (dy) =>
      dy.forEach((g, i) => {
        if (a.gradient) a.gradient[i]! += g;
        if (b.gradient) b.gradient[i % length]! += g;
      }),
    );
  }

  /** a b of each element, b repeated if it is shorter. */
  mul(a: Value, b: Value): Value {
    const length = b.data.length;
    const y = a.data.map((value, i) => value * b.data[i % length]!);
    return this.record(y, [a, b], (dy) =>
      dy.forEach((g, i) => {
        if (a.gradient) a.gradient[i]! += g * b.data[i % length]!;
        if (b.gradient) b.gradient[i % length]! += g * a.data[i]!;
      }),
    );
  }

  /** a b, row-major. */
  matmul(a: Value, b: Value, { count = 1, m, k, n }: ProductSizes): Value {
    const y = new Float64Array(count * m * n);
    const parts = (array: Float64Array, size: number) => (c: number) => array.subarray(c * size, (c + 1) * size);
    const [aOf, bOf, yOf] = [parts(a.data, m * k), parts(b.data, k * n), parts(y, m * n)];
    for (let c = 0; c < count; c++) accumulate(yOf(c), aOf(c), bOf(c), m, k, n);
    return this.record(y, [a, b], (dy) => {
      const dyOf = parts(dy, m * n);
      for (let c = 0; c < count; c++) {
        if (a.gradient) accumulate(parts(a.gradient, m * k)(c), dyOf(c), transpose(bOf(c), k, n), m, n, k);
        if (b.gradient) accumulate(parts(b.gradient, k * n)(c), transpose(aOf(c), m, k), dyOf(c), k, m, n);
      }
    });
  }

  private record(data: Float64Array, from: readonly Value[], backward: (dy: Float64Array) => void): Value {
    if (from.every(({ gradient }) => !gradient)) return { data };
    const gradient = new Float64Array(data.length);
    this.steps.push(() => backward(gradient));
    return { data, gradient };
  }
}

/** c += a b */
function accumulate(c: Float64Array, a: Float64Array, b: Float64Array, m: number, k: number, n: number): void {
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const factor = a[i * k + l]!;
      for (let j = 0; j < n; j++) c[i * n + j]! += factor * b[l * n + j]!;
    }
  }
}

function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const t = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) t[j * rows + i] = a[i * columns + j]!;
  return t;
}
