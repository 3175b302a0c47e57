// Student's t distribution for whole degrees of freedom, of our own exp and log: the same bits on every engine.

import { exp, log } from '../runtime/math.js';
import { checkNumber } from '../runtime/suggest.js';

/** ln Γ((n + 1) / 2) - ln Γ(n / 2) - ln(π) / 2 for a whole n: the factor of the density, by its recurrence from 1 or 2 on. */
function logDensityFactor(freedom: number): number {
  // Γ(1) / Γ(1/2) / sqrt(π) = 1 / π and Γ(3/2) / Γ(1) / sqrt(π) = 1 / 2
  let factor = freedom % 2 === 1 ? -log(Math.PI) : -log(2);
  for (let n = freedom % 2 === 1 ? 1 : 2; n < freedom; n += 2) factor += log((n + 1) / n);
  return factor;
}

/** The continued fraction of the regularised incomplete beta function I_x(a, b), by Lentz's method (DLMF 8.17.22). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    let factor = 1;
    for (const numerator of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / guard(1 + numerator * d);
      c = guard(1 + numerator / c);
      factor = c * d;
      fraction *= factor;
    }
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return fraction;
}

/** P(|T| > |t|): I_x(ν/2, 1/2) with x = ν / (ν + t²), or 1 minus its mirror image where that converges faster. */
export function studentTwoSided(t: number, freedom: number): number {
  checkNumber('studentT', 'freedom', freedom, { minimum: 1, integer: true });
  if (Number.isNaN(t)) return NaN;
  if (t === 0) return 1;
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  const x = freedom / (freedom + square);
  const rest = square / (freedom + square);
  // x^(ν/2) (1 - x)^(1/2) / B(ν/2, 1/2), with 1/B = 2 / ν · ν/2 · Γ((ν+1)/2) / (Γ(ν/2) sqrt(π))
  const front = exp(logDensityFactor(freedom) + (freedom / 2) * log(x) + log(rest) / 2);
  if (x < (freedom / 2 + 1) / (freedom / 2 + 2.5)) return (front * betaFraction(x, freedom / 2, 0.5)) / (freedom / 2);
  return 1 - 2 * front * betaFraction(rest, 0.5, freedom / 2);
}

/**
 * The t with P(|T| <= t) = confidence: half the width of an interval of a mean, in its standard errors. Bisection, to the last bits.
 *
 * @example studentQuantile(0.95, 9) // 2.2622
 */
export function studentQuantile(confidence: number, freedom: number): number {
  checkNumber('studentT', 'confidence', confidence, { above: 0, below: 1 });
  let [low, high] = [0, 1];
  while (1 - studentTwoSided(high, freedom) < confidence) high *= 2;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (1 - studentTwoSided(middle, freedom) < confidence) low = middle;
    else high = middle;
  }
  return high;
}
