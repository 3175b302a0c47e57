// What every picture of a report is: a figure with its title, a chart, and a table of its figures.

import type { PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { OptionError } from '../runtime/errors.js';

export interface ChartOptions {
  /** Where elements are made; the page's by default. Elsewhere give that of `linkedom` or `jsdom`. */
  document?: Document;
  /** Heading; each chart has one of its own. */
  title?: string;
  /** In pixels; 640 by default. */
  width?: number;
}

export type Cell = string | number;

export interface Table {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** Two series and more, apart in hue and lightness, on light and on dark ground. */
export const COLORS = ['#4269d0', '#e0861a', '#3ca951', '#ff725c', '#a463f2', '#6cc5b0', '#97bbf5', '#9c6b4e'];

export const DEFAULT_WIDTH = 640;

export function documentOf(where: string, options: ChartOptions): Document {
  const found = options.document ?? globalThis.document;
  if (found) return found;
  throw new OptionError(
    `${where}: there is no page to make elements in. Give document, such as parseHTML('<html></html>').document of linkedom.`,
  );
}

/** An element with text in it, which is never read as markup. */
export function element(
  document: Document,
  tag: string,
  text?: string,
  attributes: Record<string, string> = {},
): HTMLElement {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const formatCell = (cell: Cell): string =>
  typeof cell === 'string' ? cell : Number.isInteger(cell) ? String(cell) : Number(cell.toPrecision(5)).toString();

/** The table itself, first row as its head. */
export function tableElement(document: Document, { columns, rows }: Table): HTMLElement {
  const table = element(document, 'table');
  const addRow = (cells: readonly Cell[], tag: string) => {
    const row = table.appendChild(element(document, 'tr'));
    for (const cell of cells) {
      const kind = typeof cell === 'number' ? { class: 'number' } : undefined;
      row.appendChild(element(document, tag, formatCell(cell), kind));
    }
  };
  addRow(columns, 'th');
  for (const row of rows) addRow(row, 'td');
  return table;
}

/** Title, picture, and the table folded below it. */
export function figure(document: Document, title: string, picture: Element, table: Table): HTMLElement {
  const made = element(document, 'figure', undefined, { class: 'wasmgrad-figure' });
  made.appendChild(element(document, 'figcaption', title));
  made.appendChild(picture);
  const details = made.appendChild(element(document, 'details'));
  details.appendChild(element(document, 'summary', 'Figures'));
  details.appendChild(tableElement(document, table));
  return made;
}

/** A plot by Observable Plot that takes its ink from the page's text colour and leaves the ground alone. */
export function plot(document: Document, options: PlotOptions): Element {
  const drawn = Plot.plot({
    width: DEFAULT_WIDTH,
    ...options,
    document,
    style: { background: 'transparent', color: 'currentColor', overflow: 'visible' },
  });
  return drawn;
}
