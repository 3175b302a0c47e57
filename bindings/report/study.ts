// Charts of a study: several techniques, each over several seeds.

import * as Plot from '@observablehq/plot';
import { COLORS, DEFAULT_WIDTH, documentOf, figure, plot, type ChartOptions } from './figure.js';

export interface Spread {
  mean: number;
  /** Standard deviation over seeds. */
  spread: number;
}

export interface StudyTechnique {
  name: string;
  testAccuracy: Spread;
  /** Accuracy on training less that on dev data, both in evaluation mode. */
  gap: Spread;
  sparsity: Spread;
  epochs: Spread;
  seconds: Spread;
  /** Mean paired difference from the first technique, half its 95 % interval, and what follows. */
  difference: number;
  margin: number;
  verdict: string;
  runs: readonly { testAccuracy: number }[];
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const points = (share: number): string => (100 * share).toFixed(2);
const withSpread = ({ mean, spread }: Spread): string => `${percent(mean)} ± ${points(spread)}`;

/**
 * The figures of a study at a glance, as texts: for a page, a terminal, a document.
 *
 * @example const { columns, rows } = studyTable(study.techniques);
 */
export function studyTable(techniques: readonly StudyTechnique[]): { columns: string[]; rows: string[][] } {
  return {
    columns: ['technique', 'test accuracy', 'train − dev', 'zeros', 'epochs', 'seconds', 'against plain', 'verdict'],
    rows: techniques.map((t, i) => [
      t.name,
      withSpread(t.testAccuracy),
      withSpread(t.gap),
      percent(t.sparsity.mean),
      t.epochs.mean.toFixed(1),
      t.seconds.mean.toFixed(2),
      // The first is what the others are compared with.
      i === 0 ? '' : `${t.difference < 0 ? '−' : '+'}${points(Math.abs(t.difference))} ± ${points(t.margin)}`,
      t.verdict,
    ]),
  };
}

const margins = { marginLeft: 120, marginRight: 20 };

/**
 * Test accuracy of each technique: a dot a seed, the mean as a tick.
 *
 * @example accuracyChart(study.techniques)
 */
export function accuracyChart(techniques: readonly StudyTechnique[], options: ChartOptions = {}): HTMLElement {
  const document = documentOf('accuracyChart', options);
  const runs = techniques.flatMap(({ name, verdict, runs: of }) =>
    of.map(({ testAccuracy }) => ({ name, verdict, accuracy: 100 * testAccuracy })),
  );
  const means = techniques.map(({ name, testAccuracy }) => ({ name, mean: 100 * testAccuracy.mean }));
  const names = techniques.map(({ name }) => name);
  const picture = plot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 60 + 26 * names.length,
    ...margins,
    x: { label: 'test accuracy, %', grid: true, nice: true },
    y: { label: null, domain: names },
    color: {
      domain: ['baseline', 'better', 'no difference', 'worse'],
      range: [COLORS[0]!, COLORS[2]!, '#8a8a8a', COLORS[3]!],
      legend: true,
    },
    marks: [
      ...(means[0]
        ? [Plot.ruleX([means[0].mean], { stroke: 'currentColor', strokeOpacity: 0.5, strokeDasharray: '4 4' })]
        : []),
      Plot.dot(runs, { x: 'accuracy', y: 'name', fill: 'verdict', r: 4, fillOpacity: 0.65 }),
      Plot.tickX(means, { x: 'mean', y: 'name', stroke: 'currentColor', strokeWidth: 2, inset: 3 }),
    ],
  });
  return figure(document, options.title ?? 'Test accuracy: a dot a seed, the mean as a line, plain dashed', picture, {
    columns: [
      'technique',
      'mean',
      'standard deviation',
      'difference',
      '95 % margin',
      'verdict',
      ...(techniques[0]?.runs ?? []).map((_, i) => `seed ${i + 1}`),
    ],
    rows: techniques.map(({ name, testAccuracy, difference, margin, verdict, runs: of }) => [
      name,
      testAccuracy.mean,
      testAccuracy.spread,
      difference,
      margin,
      verdict,
      ...of.map((run) => run.testAccuracy),
    ]),
  });
}

/**
 * How far accuracy on the training data lies above that on the dev data: overfitting.
 *
 * @example gapChart(study.techniques)
 */
export function gapChart(techniques: readonly StudyTechnique[], options: ChartOptions = {}): HTMLElement {
  const document = documentOf('gapChart', options);
  const bars = techniques.map(({ name, gap }) => ({
    name,
    mean: 100 * gap.mean,
    low: 100 * (gap.mean - gap.spread),
    high: 100 * (gap.mean + gap.spread),
  }));
  const picture = plot(document, {
    width: options.width ?? DEFAULT_WIDTH,
    height: 60 + 24 * bars.length,
    ...margins,
    x: { label: 'training less dev accuracy, points', grid: true },
    y: { label: null, domain: bars.map(({ name }) => name) },
    marks: [
      Plot.barX(bars, { x: 'mean', y: 'name', fill: COLORS[1]!, fillOpacity: 0.75 }),
      Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'name', stroke: 'currentColor' }),
      Plot.ruleX([0], { stroke: 'currentColor' }),
    ],
  });
  return figure(document, options.title ?? 'Gap between training and dev accuracy', picture, {
    columns: ['technique', 'gap', 'standard deviation', 'exact zeros', 'epochs', 'seconds'],
    rows: techniques.map(({ name, gap, sparsity, epochs, seconds }) => [
      name,
      gap.mean,
      gap.spread,
      sparsity.mean,
      epochs.mean,
      seconds.mean,
    ]),
  });
}
