// float64 references of functions that JavaScript's Math lacks, for samples.

/** erfc by its continued fraction or erf's series, whichever converges: about 1e-14. */
export function erfcReference(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 0) return 2 - erfcReference(-x);
  if (x < 3) return 1 - erfSeries(x);
  if (x > 27) return 0;
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

export const erfReference = (x: number): number =>
  x < 0 ? -erfReference(-x) : x > 6 ? 1 : x < 3 ? erfSeries(x) : 1 - erfcReference(x);

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
