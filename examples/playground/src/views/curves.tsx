// Loss and accuracy over the epochs, with the epoch that early stopping would take.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Palette } from '../palette.js';
import { bestOf, type Run } from '../run.js';
import type { EpochFigures } from '../training/frame.js';
import { DataTable, Figures, Panel, percent } from './panel.js';

const HEIGHT = 150;

interface ChartProps {
  figures: readonly EpochFigures[];
  train: 'trainLoss' | 'trainAccuracy';
  dev: 'devLoss' | 'devAccuracy';
  /** Epoch at which a line is drawn. */
  best: number | undefined;
  label: string;
  palette: Palette;
  isShare: boolean;
}

/** A dashed line with a word at its head. */
function drawMarker(chart: uPlot, epoch: number | undefined, colour: string): void {
  if (epoch === undefined || chart.data[0].length < 2) return;
  const { ctx, bbox } = chart;
  const x = chart.valToPos(epoch, 'x', true);
  const scale = devicePixelRatio || 1;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.5 * scale;
  ctx.setLineDash([4 * scale, 3 * scale]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  const isRight = x < bbox.left + bbox.width / 2;
  ctx.font = `600 ${11 * scale}px system-ui, sans-serif`;
  ctx.textAlign = isRight ? 'left' : 'right';
  ctx.fillText('best', x + (isRight ? 5 : -5) * scale, bbox.top + 10 * scale);
  ctx.restore();
}

function optionsOf(props: ChartProps, width: number, bestNow: () => number | undefined): uPlot.Options {
  const { palette, isShare } = props;
  const axis: uPlot.Axis = {
    stroke: palette.muted,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false },
      y: isShare ? { range: (_, least) => [Math.min(least, 0.5), 1] } : { range: lossRange },
    },
    axes: [
      { ...axis, size: 26 },
      {
        ...axis,
        size: 46,
        values: (_, ticks) => ticks.map((tick) => (isShare ? `${Math.round(100 * tick)} %` : String(tick))),
      },
    ],
    series: [
      {},
      { label: 'train', stroke: palette.train, width: 2, points: { show: false } },
      { label: 'dev', stroke: palette.dev, width: 2, dash: [6, 4], points: { show: false } },
    ],
    hooks: { draw: [(chart) => drawMarker(chart, bestNow(), palette.marker)] },
  };
}

const lossRange = (_: uPlot, __: number, largest: number): [number, number] => [0, Math.max(0.1, largest * 1.05)];

function Chart(props: ChartProps) {
  const { figures, train, dev, best, label, palette } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const marked = useRef(best);
  marked.current = best;
  const data: uPlot.AlignedData = [
    figures.map(({ epoch }) => epoch),
    figures.map((figure) => figure[train]),
    figures.map((figure) => figure[dev]),
  ];
  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(
      optionsOf(props, element.clientWidth, () => marked.current),
      data,
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [palette]);
  useEffect(() => chart.current?.setData(data), [figures, best]);
  return <div ref={host} class="chart" role="img" aria-label={label} />;
}

/** The first, the last, and some between. */
function sampled(figures: readonly EpochFigures[]): EpochFigures[] {
  const rows = 10;
  const step = Math.max(1, Math.ceil(figures.length / rows));
  return figures.filter((_, i) => i % step === 0 || i === figures.length - 1);
}

function describe(name: string, figures: readonly EpochFigures[], pick: (figure: EpochFigures) => string): string {
  const [first, last] = [figures[0], figures.at(-1)];
  if (!first || !last) return `${name} over the epochs: none yet.`;
  return `${name} over ${last.epoch} epochs: from ${pick(first)} to ${pick(last)}.`;
}

/** What the marker says, in words. */
function markerText(run: Run, patience: number): string {
  const best = bestOf(run.figures);
  if (!best) return 'Train to see how loss and accuracy change.';
  const where = `Least dev loss ${best.devLoss.toFixed(3)} after epoch ${best.epoch}`;
  const stopped = run.outcome?.stoppedEpoch;
  if (stopped !== undefined) return `${where}; stopped early after epoch ${stopped}, and took the weights of the best.`;
  if (patience > 0) return `${where}; early stopping waits ${patience} epochs for a better one.`;
  return `${where}. Early stopping is off: it would have kept those weights.`;
}

export function Curves({ run, palette, patience }: { run: Run; palette: Palette; patience: number }) {
  const { figures } = run;
  const best = bestOf(figures)?.epoch;
  const loss = (figure: EpochFigures) => `train ${figure.trainLoss.toFixed(3)}, dev ${figure.devLoss.toFixed(3)}`;
  const accuracy = (figure: EpochFigures) =>
    `train ${percent(figure.trainAccuracy)}, dev ${percent(figure.devAccuracy)}`;
  const shared = { figures, best, palette };
  return (
    <Panel
      title="Learning curves"
      aside={
        <ul class="legend">
          <li>
            <span class="line line-train" aria-hidden="true" /> train
          </li>
          <li>
            <span class="line line-dev" aria-hidden="true" /> dev
          </li>
        </ul>
      }
    >
      <h3>Loss</h3>
      <Chart {...shared} train="trainLoss" dev="devLoss" isShare={false} label={describe('Loss', figures, loss)} />
      <h3>Accuracy</h3>
      <Chart
        {...shared}
        train="trainAccuracy"
        dev="devAccuracy"
        isShare
        label={describe('Accuracy', figures, accuracy)}
      />
      <p class="muted note" data-testid="marker">
        {markerText(run, patience)}
      </p>
      {figures.length > 0 && (
        <Figures>
          <DataTable
            caption="Loss and accuracy by epoch"
            head={['Epoch', 'Train loss', 'Dev loss', 'Train acc.', 'Dev acc.']}
            rows={sampled(figures).map((figure) => [
              figure.epoch,
              figure.trainLoss.toFixed(3),
              figure.devLoss.toFixed(3),
              percent(figure.trainAccuracy),
              percent(figure.devAccuracy),
            ])}
          />
        </Figures>
      )}
    </Panel>
  );
}
