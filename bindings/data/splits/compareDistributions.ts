// Do two parts of the data come from the same distribution? Feature by feature, and by their labels.

import { DataError } from '../../runtime/errors.js';
import { exp, log } from '../../runtime/math.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { warn } from '../../runtime/warn.js';
import { checkColumns, columnOf, toMatrix } from '../matrix.js';
import { defaultNames, Table, toTable, type TableData } from '../table.js';
import { samplesByLabel } from './groups.js';

/** One part: features (numbers), and class labels if there are any. */
export interface DistributionPart {
  x: TableData;
  y?: ArrayLike<number | string>;
}

export interface FeatureComparison {
  name: string;
  /** Largest distance of the two empirical distribution functions, in [0, 1]. */
  statistic: number;
  /** How likely a distance so large is if both parts come from one distribution. */
  pValue: number;
  differs: boolean;
}

export interface LabelComparison {
  /** Share of each label in the parts. */
  frequencies: { label: number | string; first: number; second: number }[];
  /** Half the sum of the differences of the shares, in [0, 1]. */
  totalVariation: number;
  /** Pearson's chi-square statistic of homogeneity, and its p-value. */
  chiSquare: number;
  pValue: number;
  /** Labels that one of the parts lacks. */
  absent: (number | string)[];
  differs: boolean;
}

export interface DistributionReport {
  features: FeatureComparison[];
  /** Undefined without labels. */
  labels: LabelComparison | undefined;
  differs: boolean;
  /** What differs, as text; empty if nothing does. */
  message: string;
}

/** Largest distance of two empirical distribution functions (Smirnov 1939). Equal values move both at once. */
export function kolmogorovSmirnov(first: ArrayLike<number>, second: ArrayLike<number>) {
  const [a, b] = [Float64Array.from(first).sort(), Float64Array.from(second).sort()];
  let [i, j, statistic] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length));
  }
  const effective = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { statistic, pValue: kolmogorovTail(effective * statistic) };
}

/** P(K > x) of Kolmogorov's distribution: 2 Σ (-1)^(k-1) exp(-2 k² x²). */
function kolmogorovTail(x: number): number {
  // Below it the series converges slowly, and its value is 1 to ten digits.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, sum));
}

/** P(X > x) of a chi-square variable: 1 minus the series of the lower incomplete gamma function, whose terms are positive. */
function chiSquareTail(x: number, freedom: number): number {
  if (x <= 0 || freedom === 0) return 1;
  const [a, half] = [freedom / 2, x / 2];
  // Γ(a + 1), from Γ(1) = 1 or Γ(1/2) = √π on.
  let logGamma = freedom % 2 === 0 ? 0 : log(Math.PI) / 2;
  for (let factor = freedom % 2 === 0 ? 1 : 0.5; factor <= a; factor++) logGamma += log(factor);
  const first = a * log(half) - half - logGamma;
  let [term, sum] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= half / (a + k);
    sum += term;
  }
  return Math.min(1, Math.max(0, 1 - exp(first + log(sum))));
}

function compareLabels(
  first: ArrayLike<number | string>,
  second: ArrayLike<number | string>,
  alpha: number,
): LabelComparison {
  const [a, b] = [samplesByLabel(first), samplesByLabel(second)];
  const labels = [...new Set([...a.keys(), ...b.keys()])].sort((l, r) => (l < r ? -1 : 1));
  const count = (own: Map<number | string, number[]>, label: number | string) => own.get(label)?.length ?? 0;
  const total = first.length + second.length;
  let chiSquare = 0;
  for (const label of labels) {
    const both = count(a, label) + count(b, label);
    for (const [own, size] of [
      [count(a, label), first.length],
      [count(b, label), second.length],
    ] as const) {
      const expected = (both * size) / total;
      chiSquare += ((own - expected) * (own - expected)) / expected;
    }
  }
  const frequencies = labels.map((label) => ({
    label,
    first: count(a, label) / first.length,
    second: count(b, label) / second.length,
  }));
  const totalVariation = frequencies.reduce((sum, own) => sum + Math.abs(own.first - own.second), 0) / 2;
  const pValue = chiSquareTail(chiSquare, labels.length - 1);
  const absent = labels.filter((label) => !a.has(label) || !b.has(label));
  return { frequencies, totalVariation, chiSquare, pValue, absent, differs: pValue < alpha || absent.length > 0 };
}

function describe(features: readonly FeatureComparison[], labels: LabelComparison | undefined): string {
  const far = features.filter(({ differs }) => differs).sort((a, b) => b.statistic - a.statistic);
  const shown = far
    .slice(0, 5)
    .map(({ name, statistic, pValue }) => `${name} (D ${statistic.toFixed(2)}, p ${pValue.toPrecision(2)})`);
  const parts: string[] = [];
  if (far.length > 0) {
    parts.push(
      `${far.length} of ${features.length} features differ: ${shown.join(', ')}${far.length > 5 ? ', ...' : ''}`,
    );
  }
  if (labels?.absent.length) parts.push(`only one part has label ${labels.absent.join(', ')}`);
  if (labels?.differs) {
    parts.push(`label frequencies differ by ${labels.totalVariation.toFixed(2)} (p ${labels.pValue.toPrecision(2)})`);
  }
  return parts.join('; ');
}

/**
 * Compares two parts of the data: each feature by the two-sample Kolmogorov-Smirnov test (asymptotic), the labels by Pearson's
 * chi-square test and their total variation distance. Warns where they differ: what is measured on one does not hold for the
 * other then. A feature differs where p < alpha / features (Bonferroni), so that of equal parts a share alpha at most is
 * warned about; a label that one part lacks always does.
 *
 * The p-values are approximations for large parts (from about 25 samples on, and 5 of each label).
 *
 * @param options `alpha`: 0.01 by default. `warns`: false for the report alone.
 * @throws ShapeError for other features, DataError for labels of another number than samples or of one part alone.
 * @example compareDistributions({ x: xTrain, y: yTrain }, { x: xDev, y: yDev }).features[0].pValue
 */
export function compareDistributions(
  first: DistributionPart,
  second: DistributionPart,
  options: { alpha?: number; warns?: boolean } = {},
): DistributionReport {
  const where = 'compareDistributions';
  checkOptions(where, options, ['alpha', 'warns']);
  const alpha = checkNumber(where, 'alpha', options.alpha ?? 0.01, { above: 0, below: 1 });
  const [a, b] = [first, second].map(({ x, y }) => {
    const matrix = toMatrix(where, toTable(where, x));
    if (y === undefined || y.length === matrix.rows) return matrix;
    throw new DataError(`${where}: ${y.length} labels for ${matrix.rows} samples. Give one each.`);
  }) as [ReturnType<typeof toMatrix>, ReturnType<typeof toMatrix>];
  checkColumns(where, b, a.columns);
  const names = first.x instanceof Table ? first.x.names : defaultNames(a.columns);
  const features = names.map((name, column) => {
    const test = kolmogorovSmirnov(columnOf(a, column), columnOf(b, column));
    return { name, ...test, differs: test.pValue < alpha / names.length };
  });
  if ((first.y === undefined) !== (second.y === undefined)) {
    throw new DataError(`${where}: one part has labels, the other has none. Give them for both or for neither.`);
  }
  const labels = first.y && second.y && compareLabels(first.y, second.y, alpha);
  const message = describe(features, labels);
  if (message !== '' && options.warns !== false) warn(`${where}: the parts differ. ${message}.`);
  return { features, labels, differs: message !== '', message };
}
