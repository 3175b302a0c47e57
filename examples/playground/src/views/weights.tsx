// The weights: as lines between units, and as figures.

import { SIDE } from '../data/digits.js';
import type { Palette } from '../palette.js';
import type { Run } from '../run.js';
import type { State } from '../state/state.js';
import type { LayerWeights } from '../training/frame.js';
import { DataTable, Panel, percent, Picture, short } from './panel.js';

const DRAWN_UNITS = 16;
const DRAWN_FILTERS = 32;
/** A line is at its thickest for the layer's largest weight, or for this one if all are smaller. */
const LEAST_FULL = 1.5;
const FILTERS_A_ROW = 8;

/** A layer that reads pictures of so many pixels a side, a filter for each unit. */
function filterSide({ layer, shape }: LayerWeights): number | undefined {
  if (layer === 'convolution') return 3;
  return layer === 'hidden1' && shape[0] === SIDE * SIDE ? SIDE : undefined;
}

function drawLines(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  layers: readonly LayerWeights[],
  palette: Palette,
): void {
  const sizes = [layers[0]!.shape.at(-2)!, ...layers.map(({ shape }) => shape.at(-1)!)];
  const margin = 18;
  const xOf = (column: number) => margin + ((width - 2 * margin) * column) / (sizes.length - 1);
  const yOf = (unit: number, size: number) => (height * (unit + 0.5)) / Math.min(size, DRAWN_UNITS);
  layers.forEach(({ values, shape, largest }, column) => {
    const [from, to] = [shape.at(-2)!, shape.at(-1)!];
    for (let i = 0; i < Math.min(from, DRAWN_UNITS); i++) {
      for (let j = 0; j < Math.min(to, DRAWN_UNITS); j++) {
        const weight = values![i * to + j]! / Math.max(largest, LEAST_FULL);
        context.beginPath();
        context.moveTo(xOf(column), yOf(i, from));
        const middle = (xOf(column) + xOf(column + 1)) / 2;
        context.bezierCurveTo(middle, yOf(i, from), middle, yOf(j, to), xOf(column + 1), yOf(j, to));
        context.strokeStyle = weight > 0 ? palette.positive : palette.negative;
        context.globalAlpha = Math.min(1, 0.06 + 0.9 * Math.abs(weight));
        context.lineWidth = 0.4 + 3 * Math.abs(weight);
        context.stroke();
      }
    }
  });
  context.globalAlpha = 1;
  sizes.forEach((size, column) => {
    for (let unit = 0; unit < Math.min(size, DRAWN_UNITS); unit++) {
      context.beginPath();
      context.arc(xOf(column), yOf(unit, size), 5, 0, 2 * Math.PI);
      context.fillStyle = palette.surface;
      context.strokeStyle = palette.muted;
      context.lineWidth = 1.5;
      context.fill();
      context.stroke();
    }
  });
}

/** Each unit's weights as a picture: blue where it wants ink, orange where it wants none. */
function drawFilters(
  context: CanvasRenderingContext2D,
  width: number,
  layer: LayerWeights,
  side: number,
  palette: Palette,
): void {
  const units = layer.shape.at(-1)!;
  const cell = width / FILTERS_A_ROW;
  for (let unit = 0; unit < Math.min(units, DRAWN_FILTERS); unit++) {
    const left = (unit % FILTERS_A_ROW) * cell;
    const top = Math.floor(unit / FILTERS_A_ROW) * cell;
    const pixel = (cell - 4) / side;
    const own = Array.from({ length: side * side }, (_, p) => layer.values![p * units + unit]!);
    const largest = Math.max(...own.map(Math.abs)) || 1;
    own.forEach((weight, p) => {
      context.globalAlpha = Math.abs(weight) / largest;
      context.fillStyle = weight > 0 ? palette.positive : palette.negative;
      context.fillRect(left + (p % side) * pixel, top + Math.floor(p / side) * pixel, pixel + 0.3, pixel + 0.3);
    });
    context.globalAlpha = 1;
    context.strokeStyle = palette.grid;
    context.strokeRect(left, top, cell - 4, cell - 4);
  }
}

/** Layers that lines can be drawn for: all have their values, and each begins where the last one ends. */
function chainOf(weights: readonly LayerWeights[]): LayerWeights[] {
  const dense = weights.filter((layer) => layer.values && layer.shape.length === 2 && filterSide(layer) === undefined);
  const start = dense.findIndex((_, i) =>
    dense.slice(i).every((layer, k) => k === 0 || layer.shape[0] === dense[i + k - 1]!.shape[1]),
  );
  const chain = start < 0 ? [] : dense.slice(start);
  // Hundreds of inputs would be drawn as a few: better none.
  return chain.filter(({ shape }) => shape[0]! <= 128);
}

export function Weights({ run, palette, state }: { run: Run; palette: Palette; state: State }) {
  const weights = run.frame?.weights ?? [];
  const chain = chainOf(weights);
  const filters = weights.find((layer) => layer.values && filterSide(layer) !== undefined);
  const most = Math.max(...chain.flatMap(({ shape }) => [...shape]), 0);
  const rows = filters ? Math.ceil(Math.min(filters.shape.at(-1)!, DRAWN_FILTERS) / FILTERS_A_ROW) : 1;
  return (
    <Panel
      title="Weights"
      className="weights"
      aside={
        <ul class="legend">
          <li>
            <span class="line line-positive" aria-hidden="true" /> positive
          </li>
          <li>
            <span class="line line-negative" aria-hidden="true" /> negative
          </li>
        </ul>
      }
    >
      {filters && (
        <Picture
          label={`What the first units look for: ${filters.shape.at(-1)} filters of ${filterSide(filters)} by ${filterSide(filters)} pixels.`}
          ratio={FILTERS_A_ROW / rows}
          draw={(context, width) => drawFilters(context, width, filters, filterSide(filters)!, palette)}
        />
      )}
      {chain.length > 0 && (
        <Picture
          label={`The net as lines between units: ${chain[0]!.shape[0]} inputs, ${chain.map(({ shape }) => shape[1]).join(', ')} units. The table has the figures.`}
          ratio={Math.max(1.5, 7 / Math.max(2, Math.min(most, DRAWN_UNITS) / 3))}
          draw={(context, width, height) => drawLines(context, width, height, chain, palette)}
        />
      )}
      {most > DRAWN_UNITS && <p class="muted note">Of each layer the first {DRAWN_UNITS} units are drawn.</p>}
      <DataTable
        caption="Weights by layer"
        head={['Layer', 'Shape', 'Mean size', 'Largest', 'Exact zeros']}
        rows={weights.map(({ layer, shape, meanSize, largest, zeroShare }) => [
          layer,
          shape.join(' × '),
          short(meanSize),
          short(largest),
          percent(zeroShare),
        ])}
      />
      {state.penalty !== 'none' && <p class="muted note">The penalty pulls these sizes down.</p>}
    </Panel>
  );
}
