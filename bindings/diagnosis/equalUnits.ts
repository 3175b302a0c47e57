/** Values that differ by less, as a share of the largest of the kernel, are equal: kernels may round the same sums apart. */
const TOLERANCE = 1e-5;

/**
 * The share of a layer's units that have a twin: the same incoming weights and bias. Such units compute the same and, unless
 * what follows tells them apart, learn the same for ever. Units whose weights are all 0 count only if all units are so: a
 * penalty may have switched some off.
 *
 * @param kernel Weights [inputs, units], row-major.
 */
export function equalUnits(kernel: ArrayLike<number>, units: number, bias?: ArrayLike<number>): number {
  const rows = kernel.length / units;
  const at = (row: number, unit: number): number => (row < rows ? kernel[row * units + unit]! : bias![unit]!);
  const height = bias ? rows + 1 : rows;
  let largest = 0;
  // Equal units are neighbours in the order of any function of their weights.
  const keys = new Float64Array(units);
  const isZero = new Uint8Array(units).fill(1);
  for (let row = 0; row < height; row++) {
    for (let unit = 0; unit < units; unit++) {
      const value = at(row, unit);
      largest = Math.max(largest, Math.abs(value));
      keys[unit]! += value * (1 + (row % 97) / 97);
      if (row < rows && value !== 0) isZero[unit] = 0;
    }
  }
  const areAllZero = isZero.every((zero) => zero === 1);
  const order = Array.from(keys.keys())
    .filter((unit) => areAllZero || !isZero[unit])
    .sort((a, b) => keys[a]! - keys[b]!);
  const isTwin = (a: number, b: number): boolean => {
    for (let row = 0; row < height; row++) {
      if (Math.abs(at(row, a) - at(row, b)) > TOLERANCE * largest) return false;
    }
    return true;
  };
  const sameAsNext = order.map((unit, i) => i + 1 < order.length && isTwin(unit, order[i + 1]!));
  return sameAsNext.filter((same, i) => same || sameAsNext[i - 1]).length / units;
}
