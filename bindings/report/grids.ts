// Charts of cells: confusion matrix, histograms, decision boundary.

import * as Plot from '@observablehq/plot';
import { COLORS, DEFAULT_WIDTH, documentOf, figure, plot, type ChartOptions } from './figure.js';

/**
 * Counts of true classes (rows) by predicted classes (columns). The strength of a cell is its share of its row.
 *
 * @example confusionChart(metrics.confusionMatrix(labels, predicted))
 */
export function confusionChart(
  matrix: readonly ArrayLike<number>[],
  options: ChartOptions & { classes?: readonly string[] } = {},
): HTMLElement {
  const document = documentOf('confusionChart', options);
  const classes = options.classes ?? Array.from(matrix, (_, i) => String(i));
  const cells = matrix.flatMap((row, i) => {
    const counts = Array.from(row);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count, j) => ({
      truth: classes[i]!,
      predicted: classes[j]!,
      count,
      share: total ? count / total : 0,
    }));
  });
  const picture = plot(document, {
    width: options.width ?? 420,
    height: options.width ?? 420,
    marginLeft: 50,
    x: { label: 'predicted', domain: classes, axis: 'top' },
    y: { label: 'true', domain: classes },
    // The square root lets rare mistakes be seen.
    opacity: { type: 'sqrt', domain: [0, 1], range: [0, 0.85] },
    marks: [
      Plot.cell(cells, { x: 'predicted', y: 'truth', fill: COLORS[0]!, fillOpacity: 'share', inset: 0.5 }),
      Plot.text(cells, { x: 'predicted', y: 'truth', text: 'count', fill: 'currentColor', filter: 'count' }),
    ],
  });
  return figure(document, options.title ?? 'Confusion matrix', picture, {
    columns: ['true \\ predicted', ...classes],
    rows: matrix.map((row, i) => [classes[i]!, ...Array.from(row)]),
  });
}

/** Counts in bins of equal width from `low` to `high`. */
export interface Histogram {
  low: number;
  high: number;
  counts: readonly number[];
}

/**
 * Counts values in bins of equal width over their range.
 *
 * @example histogramOf(model.parameters()['dense/kernel'])
 */
export function histogramOf(values: ArrayLike<number>, bins = 40): Histogram {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const counts = Array.from({ length: bins }, () => 0);
  const scale = bins / (high - low || 1);
  for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor((values[i]! - low) * scale))]!++;
  return { low, high, counts };
}

/**
 * Histograms by name, one below another: of weights, of gradients, of activations.
 *
 * @example histogramChart(Object.fromEntries(Object.entries(model.parameters()).map(([k, v]) => [k, histogramOf(v)])))
 */
export function histogramChart(
  histograms: Readonly<Record<string, Histogram>>,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf('histogramChart', options);
  const bars = Object.entries(histograms).flatMap(([name, { low, high, counts }]) => {
    const width = (high - low || 1) / counts.length;
    const total = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    return counts.map((count, i) => {
      const from = low + i * width;
      return { name, from, to: from + width, count, share: (100 * count) / total };
    });
  });
  const names = Object.keys(histograms);
  const most = Math.max(1, ...bars.map(({ share }) => share));
  const picture = plot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 50 + 110 * names.length,
    marginTop: 24,
    marginLeft: 60,
    fy: { axis: null, domain: names },
    x: { label: 'value' },
    y: { label: null, type: 'sqrt', domain: [0, most], ticks: 4, grid: true, insetTop: 14 },
    marks: [
      Plot.rect(bars, { fy: 'name', x1: 'from', x2: 'to', y1: 0, y2: 'share', fill: COLORS[0]!, insetLeft: 0.5 }),
      Plot.text(names, {
        fy: (name: string) => name,
        text: (name: string) => name,
        frameAnchor: 'top-left',
        dx: 4,
        dy: 2,
        fontWeight: 'bold',
      }),
    ],
  });
  return figure(document, `${options.title ?? 'Histograms'} (percent of the values, on a square-root axis)`, picture, {
    columns: ['name', 'from', 'to', 'values', 'percent'],
    rows: bars.map(({ name, from, to, count, share }) => [name, from, to, count, share]),
  });
}

/** Classes predicted on a grid of two features, and samples to draw on it. */
export interface DecisionGrid {
  /** Values of the two features along the grid, rising and evenly spaced. */
  x: readonly number[];
  y: readonly number[];
  /** Class at `[y][x]`, row by row. */
  classes: ArrayLike<number>;
  points?: readonly { x: number; y: number; label: number }[];
}

/**
 * Where a model of two features calls what: a cell for each point of the grid, the samples on it.
 *
 * @example decisionBoundary({ x, y, classes: (await model.predict(grid)).argMax(), points })
 */
export function decisionBoundary(
  { x, y, classes, points = [] }: DecisionGrid,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf('decisionBoundary', options);
  const [dx, dy] = [x, y].map((axis) => (axis.length > 1 ? (axis.at(-1)! - axis[0]!) / (axis.length - 1) : 1)) as [
    number,
    number,
  ];
  const cells = y.flatMap((v, i) => x.map((u, j) => ({ u, v, label: String(classes[i * x.length + j]) })));
  const samples = points.map(({ x: u, y: v, label }) => ({ u, v, label: String(label) }));
  const labels = [...new Set([...cells, ...samples].map(({ label }) => label))].sort();
  const width = options.width ?? 420;
  const picture = plot(document, {
    width,
    height: width,
    x: { label: 'first feature' },
    y: { label: 'second feature' },
    color: { type: 'ordinal', domain: labels, range: COLORS, legend: true },
    marks: [
      Plot.rect(cells, {
        x1: (cell: (typeof cells)[number]) => cell.u - dx / 2,
        x2: (cell: (typeof cells)[number]) => cell.u + dx / 2,
        y1: (cell: (typeof cells)[number]) => cell.v - dy / 2,
        y2: (cell: (typeof cells)[number]) => cell.v + dy / 2,
        fill: 'label',
        fillOpacity: 0.3,
      }),
      Plot.dot(samples, { x: 'u', y: 'v', fill: 'label', stroke: 'currentColor', strokeWidth: 0.6, r: 3 }),
    ],
  });
  return figure(document, options.title ?? 'Decision boundary', picture, {
    columns: ['first feature', 'second feature', 'class'],
    rows: [...cells, ...samples].map(({ u, v, label }) => [u, v, label]),
  });
}
