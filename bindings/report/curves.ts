// Charts of lines: learning curves, ROC, reliability.

import * as Plot from '@observablehq/plot';
import type { Calibration } from '../metrics/functions/calibration.js';
import type { RocCurve } from '../metrics/functions/curves.js';
import type { History } from '../model/history.js';
import { COLORS, DEFAULT_WIDTH, documentOf, element, figure, plot, type ChartOptions } from './figure.js';

/** Rates of one ROC curve; its area, if known, goes into the table. */
export type RocPoints = Pick<RocCurve, 'falsePositiveRate' | 'truePositiveRate'> & { area?: number };

const SQUARE = 380;

/** Figures of a history by their name without `val_`. */
function figuresOf({ history }: History): string[] {
  return [...new Set(Object.keys(history).map((name) => name.replace(/^val_/, '')))];
}

interface CurvePoint {
  run: string;
  name: string;
  data: 'training' | 'validation';
  epoch: number;
  value: number;
}

/** Every value of the named figures, of the training and of the validation data. */
function pointsOf(named: Readonly<Record<string, History>>, names: readonly string[]): CurvePoint[] {
  return Object.entries(named).flatMap(([run, history]) =>
    names.flatMap((name) =>
      (['training', 'validation'] as const).flatMap((data) =>
        (history.history[data === 'training' ? name : `val_${name}`] ?? []).map((value, i) => ({
          run,
          name,
          data,
          epoch: (history.epoch[i] ?? i) + 1,
          value,
        })),
      ),
    ),
  );
}

/** One figure, a panel a run. */
function drawFigure(document: Document, points: readonly CurvePoint[], name: string, width: number): Element {
  const runs = [...new Set(points.map(({ run }) => run))];
  const columns = Math.min(runs.length, 3) || 1;
  const rows = Math.ceil(runs.length / columns);
  const columnOf = (run: string) => runs.indexOf(run) % columns;
  const rowOf = (run: string) => Math.floor(runs.indexOf(run) / columns);
  const epochs = Math.max(1, ...points.map(({ epoch }) => epoch));
  return plot(document, {
    width,
    height: 60 + rows * (rows > 1 ? 130 : 200),
    marginTop: 28,
    fx: { axis: null },
    fy: { axis: null },
    x: { label: 'epoch', ticks: Math.min(5, epochs - 1), tickFormat: 'd' },
    y: { label: name, grid: true, ticks: 4, nice: true },
    color: { domain: ['training', 'validation'], range: COLORS, legend: true },
    marks: [
      Plot.line(points, {
        x: 'epoch',
        y: 'value',
        stroke: 'data',
        strokeWidth: 1.8,
        fx: (point: CurvePoint) => columnOf(point.run),
        fy: (point: CurvePoint) => rowOf(point.run),
      }),
      Plot.text(runs, {
        text: (run: string) => run,
        fx: columnOf,
        fy: rowOf,
        frameAnchor: 'top',
        dy: -14,
        fontWeight: 'bold',
      }),
    ],
  });
}

/**
 * Each figure of one history, or of several by name, over the epochs: of the training and of the validation data.
 *
 * @example document.body.append(learningCurves(await model.fit(x, y, { epochs: 20, validationSplit: 0.2 })));
 */
export function learningCurves(
  histories: History | Readonly<Record<string, History>>,
  options: ChartOptions & { figures?: readonly string[] } = {},
): HTMLElement {
  const document = documentOf('learningCurves', options);
  const named = isHistory(histories) ? { '': histories } : histories;
  const names = options.figures ?? [...new Set(Object.values(named).flatMap(figuresOf))];
  const points = pointsOf(named, names);
  const pictures = element(document, 'div');
  for (const name of names) {
    const ofName = points.filter((point) => point.name === name);
    pictures.appendChild(drawFigure(document, ofName, name, options.width ?? DEFAULT_WIDTH));
  }
  return figure(document, options.title ?? 'Learning curves', pictures, {
    columns: ['run', 'figure', 'data', 'epoch', 'value'],
    rows: points.map(({ run, name, data, epoch, value }) => [run, name, data, epoch, value]),
  });
}

const isHistory = (value: object): value is History => 'history' in value && Array.isArray((value as History).epoch);

/**
 * Receiver operating characteristics by name, and the diagonal of chance.
 *
 * @example rocChart({ model: metrics.rocCurve(labels, scores) })
 */
export function rocChart(curves: Readonly<Record<string, RocPoints>>, options: ChartOptions = {}): HTMLElement {
  const document = documentOf('rocChart', options);
  const points = Object.entries(curves).flatMap(([name, { falsePositiveRate, truePositiveRate }]) =>
    falsePositiveRate.map((x, i) => ({ name, x, y: truePositiveRate[i]! })),
  );
  const width = options.width ?? SQUARE;
  const picture = plot(document, {
    width,
    height: width,
    x: { label: 'false positive rate', domain: [0, 1] },
    y: { label: 'true positive rate', domain: [0, 1], grid: true },
    color: { domain: Object.keys(curves), range: COLORS, legend: true },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'currentColor', strokeOpacity: 0.4, strokeDasharray: '4 4' },
      ),
      Plot.line(points, { x: 'x', y: 'y', stroke: 'name', strokeWidth: 1.8 }),
    ],
  });
  const areas = Object.entries(curves).flatMap(([name, { area }]) =>
    area === undefined ? [] : [`${name}: area ${area.toFixed(4)}`],
  );
  const title = [options.title ?? 'ROC', ...areas].join('; ');
  return figure(document, title, picture, {
    columns: ['curve', 'false positive rate', 'true positive rate'],
    rows: points.map(({ name, x, y }) => [name, x, y]),
  });
}

/**
 * How often predictions are right over how sure they are; on the diagonal, confidence can be taken at its word.
 *
 * @example reliabilityDiagram({ model: metrics.expectedCalibrationError(labels, probabilities) })
 */
export function reliabilityDiagram(
  calibrations: Readonly<Record<string, Calibration>>,
  options: ChartOptions = {},
): HTMLElement {
  const document = documentOf('reliabilityDiagram', options);
  const points = Object.entries(calibrations).flatMap(([name, { bins }]) =>
    bins
      .filter(({ weight }) => weight > 0)
      .map(({ confidence, accuracy, weight }) => ({ name, confidence, accuracy, weight })),
  );
  const width = options.width ?? SQUARE;
  const picture = plot(document, {
    width,
    height: width,
    x: { label: 'confidence', domain: [0, 1] },
    y: { label: 'accuracy', domain: [0, 1], grid: true },
    r: { range: [2, 9] },
    color: { domain: Object.keys(calibrations), range: COLORS, legend: true },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'currentColor', strokeOpacity: 0.4, strokeDasharray: '4 4' },
      ),
      Plot.line(points, { x: 'confidence', y: 'accuracy', stroke: 'name' }),
      Plot.dot(points, { x: 'confidence', y: 'accuracy', r: 'weight', fill: 'name', fillOpacity: 0.7 }),
    ],
  });
  const errors = Object.entries(calibrations).map(([name, { error }]) => `${name}: error ${error.toFixed(4)}`);
  return figure(document, [options.title ?? 'Reliability', ...errors].join('; '), picture, {
    columns: ['curve', 'confidence', 'accuracy', 'samples'],
    rows: points.map(({ name, confidence, accuracy, weight }) => [name, confidence, accuracy, weight]),
  });
}
