// Learning curves as text, for a terminal.

import { blue, green, plot, reset } from 'asciichart';

export interface Curve {
  name: string;
  values: readonly number[];
}

const COLORS = [blue, green];
const COLUMNS_PER_EPOCH = 8;

/** Straight lines between epochs, so that a short curve has some width. */
function stretch(values: readonly number[]): number[] {
  if (values.length < 2) return [...values, ...values];
  return Array.from({ length: (values.length - 1) * COLUMNS_PER_EPOCH + 1 }, (_, column) => {
    const at = column / COLUMNS_PER_EPOCH;
    const left = Math.min(Math.floor(at), values.length - 2);
    return values[left]! + (at - left) * (values[left + 1]! - values[left]!);
  });
}

/** One chart of several curves over the epochs, coloured where the terminal can. */
export function drawCurves(title: string, curves: readonly Curve[]): string {
  const isColored = process.stdout.isTTY;
  const chart = plot(
    curves.map(({ values }) => stretch(values)),
    { height: 8, format: (value) => value.toFixed(4).padStart(8), ...(isColored && { colors: COLORS }) },
  );
  const legend = curves.map(({ name, values }, i) => {
    const figures = values.map((value) => value.toFixed(4)).join('  ');
    return `  ${isColored ? COLORS[i]! : ''}${name.padEnd(16)}${isColored ? reset : ''} ${figures}`;
  });
  return `\n${title}, by epoch\n${chart}\n${legend.join('\n')}`;
}
