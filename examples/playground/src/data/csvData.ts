// The reader's own table: its numbers are the features, one column names the class.

import { DataError, readCsv, standardScaler, type Cell, type Table } from '../../../../bindings/index.js';
import { shuffledIndices } from '../../../random.js';
import type { State } from '../state/state.js';
import { devCount, takeSamples, type SampleData } from './sampleData.js';

export interface CsvInput {
  text: string;
  /** Column with the classes; the last one if it is not named. */
  target?: string;
}

const LIMITS = { characters: 2_000_000, rows: 10_000, features: 64, classes: 10 };
/** Standardised features are drawn so far from their mean. */
const EXTENT = 3;

/** What a column of classes can be chosen from, the likely ones first. */
export function targetColumns(text: string): string[] {
  return [...read(text).names].reverse();
}

function read(text: string): Table {
  if (text.length > LIMITS.characters) throw new DataError(`The file is larger than ${LIMITS.characters / 1e6} MB.`);
  const table = readCsv(text);
  if (table.rows < 10) throw new DataError(`The table has ${table.rows} rows. Give at least 10, and a row of names.`);
  if (table.rows > LIMITS.rows) throw new DataError(`The table has ${table.rows} rows; at most ${LIMITS.rows} fit.`);
  return table;
}

const isNumeric = (column: readonly Cell[]): boolean =>
  column.every((cell) => cell === null || typeof cell === 'number');

export function csvData({ text, target }: CsvInput, state: State): SampleData {
  const table = read(text);
  const name = target !== undefined && table.names.includes(target) ? target : table.names.at(-1)!;
  const others = table.names.filter((column) => column !== name);
  const features = others.filter((column) => isNumeric(table.column(column))).slice(0, LIMITS.features);
  if (features.length === 0) throw new DataError(`Beside '${name}' no column has only numbers. Give at least one.`);
  const columns = [...features, name].map((column) => table.column(column));
  const kept = Int32Array.from({ length: table.rows }, (_, i) => i).filter((i) =>
    columns.every((column) => column[i] !== null),
  );
  const classes = classesOf(name, kept, columns.at(-1)!);
  const order = Int32Array.from(shuffledIndices(kept.length, state.seed), (i) => kept[i]!);
  const y = Int32Array.from(columns.at(-1)!, (cell) => classes.indexOf(String(cell)));
  const raw = Float32Array.from({ length: table.rows * features.length }, (_, i) =>
    Number(columns[i % features.length]![Math.floor(i / features.length)]),
  );
  const held = devCount(order.length, state.dev);
  const scaler = standardScaler();
  const scaled = (part: Int32Array, isTraining: boolean) => {
    const samples = takeSamples(raw, y, part);
    const array = { data: samples.x, shape: [part.length, features.length] };
    const { data } = isTraining ? scaler.fitTransform(array) : scaler.transform(array);
    return { ...samples, x: Float32Array.from(data) };
  };
  const train = scaled(order.subarray(held), true);
  const dev = scaled(order.subarray(0, held), false);
  return {
    train,
    dev,
    shape: [features.length],
    classes,
    features,
    extent: features.length >= 2 ? EXTENT : undefined,
    notes: [...notesOf(table, others, features, kept.length), 'Features are brought to mean 0 and deviation 1.'],
  };
}

function classesOf(name: string, kept: Int32Array, column: readonly Cell[]): string[] {
  const classes = [...new Set(Array.from(kept, (i) => String(column[i])))].sort((a, b) => (a < b ? -1 : 1));
  if (classes.length >= 2 && classes.length <= LIMITS.classes) return classes;
  throw new DataError(
    `Column '${name}' has ${classes.length} different values. A column of classes has 2 to ${LIMITS.classes}: choose another.`,
  );
}

function notesOf(table: Table, others: string[], features: string[], kept: number): string[] {
  const notes: string[] = [];
  const ignored = others.filter((column) => !features.includes(column));
  if (ignored.length) notes.push(`Not used, as not all numbers: ${ignored.join(', ')}.`);
  if (kept < table.rows) notes.push(`${table.rows - kept} rows with missing cells left out.`);
  if (features.length > 2) {
    notes.push(`The plane shows ${features[0]} and ${features[1]}; the other features are at their mean.`);
  }
  return notes;
}
