// Rows of numbers, and labels: as JSON for people, as bytes for programs.
//
// application/vnd.wasmgrad.rows, little-endian:
//     bytes 0 .. 4     'WGR1'
//     bytes 4 .. 8     rows, uint32
//     bytes 8 .. 12    columns, uint32
//     bytes 12 .. 16   labels: 0 or `rows`, uint32
//     then             rows * columns float32, row-major, and the labels as float32

import { LIMITS } from './limits.js';
import { Problem } from './problem.js';

export const BINARY = 'application/vnd.wasmgrad.rows';
const MAGIC = 0x31524757;
const HEADER_BYTES = 16;

export interface Rows {
  data: Float32Array;
  rows: number;
  columns: number;
  /** Class numbers or values; undefined where none were sent. */
  labels: Float32Array | undefined;
}

/** What a request says beside its rows. */
export type Settings = Readonly<Record<string, unknown>>;

/** Rows and settings of a body. Settings of bytes are in the query. */
export function parseBody(request: Request, body: Uint8Array<ArrayBuffer>): { rows: Rows; settings: Settings } {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === BINARY) return { rows: parseBinary(body), settings: settingsOfQuery(new URL(request.url)) };
  if (type === 'application/json') return parseJson(body);
  throw new Problem('unsupported-content-type', `Expected application/json or ${BINARY}, got '${type}'.`);
}

function parseJson(body: Uint8Array): { rows: Rows; settings: Settings } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new Problem('bad-request', `Expected JSON in UTF-8: ${(cause as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Problem('bad-request', 'Expected a JSON object such as { "rows": [[1, 2]], "labels": [0] }.');
  }
  const { rows, labels, ...settings } = json as Record<string, unknown>;
  return { rows: { ...rowsOf(rows), labels: labelsOf(labels) }, settings };
}

function rowsOf(given: unknown): Omit<Rows, 'labels'> {
  if (!Array.isArray(given) || given.length === 0 || !Array.isArray(given[0]) || given[0].length === 0) {
    throw new Problem('wrong-shape', 'rows: expected a list of rows of numbers, such as [[1, 2], [3, 4]].');
  }
  const columns = given[0].length;
  checkSize(given.length, columns);
  const data = new Float32Array(given.length * columns);
  given.forEach((row: unknown, i) => {
    if (!Array.isArray(row) || row.length !== columns) {
      const got = Array.isArray(row) ? `${row.length}` : 'no row';
      throw new Problem('wrong-shape', `rows[${i}]: expected ${columns} numbers as in rows[0], got ${got}.`);
    }
    row.forEach((value: unknown, c) => (data[i * columns + c] = finite(value, `rows[${i}][${c}]`)));
  });
  return { data, rows: given.length, columns };
}

function labelsOf(given: unknown): Float32Array | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) throw new Problem('wrong-shape', 'labels: expected a list of numbers.');
  return Float32Array.from(given, (value: unknown, i) => finite(value, `labels[${i}]`));
}

function finite(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
  throw new Problem('bad-request', `${path}: expected a finite number, got ${JSON.stringify(value)}.`);
}

function checkSize(rows: number, columns: number): void {
  if (rows <= LIMITS.rows && columns <= LIMITS.columns) return;
  throw new Problem(
    'limit-exceeded',
    `Expected at most ${LIMITS.rows} rows of ${LIMITS.columns} columns, got ${rows} of ${columns}.`,
  );
}

function parseBinary(body: Uint8Array<ArrayBuffer>): Rows {
  const view = new DataView(body.buffer);
  if (body.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new Problem('bad-request', `Expected '${BINARY}': 'WGR1', rows, columns, labels.`);
  }
  const [rows, columns, labels] = [4, 8, 12].map((at) => view.getUint32(at, true)) as [number, number, number];
  checkSize(rows, columns);
  if (rows === 0 || columns === 0 || (labels !== 0 && labels !== rows)) {
    throw new Problem(
      'wrong-shape',
      `Expected rows and columns, and no labels or one a row; got ${rows}, ${columns}, ${labels}.`,
    );
  }
  const expected = HEADER_BYTES + 4 * (rows * columns + labels);
  if (body.length !== expected) {
    throw new Problem('wrong-shape', `Expected ${expected} bytes for ${rows} rows of ${columns}, got ${body.length}.`);
  }
  const numbers = new Float32Array(body.buffer, HEADER_BYTES);
  const odd = numbers.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new Problem('bad-request', `Number ${odd}: expected a finite number, got ${numbers[odd]}.`);
  return {
    ...{ data: numbers.slice(0, rows * columns), rows, columns },
    labels: labels > 0 ? numbers.slice(rows * columns) : undefined,
  };
}

/** `?budgetMs=200&task=regression&hidden=32,16`. */
function settingsOfQuery({ searchParams }: URL): Settings {
  const read = (name: string, value: string): unknown => {
    if (name === 'hidden') return value === '' ? [] : value.split(',').map(Number);
    return name === 'task' ? value : Number(value);
  };
  return Object.fromEntries([...searchParams].map(([name, value]) => [name, read(name, value)]));
}

/** A body of bytes, for clients. */
export function encodeRows(data: Float32Array, rows: number, labels: ArrayLike<number> = []): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(HEADER_BYTES + 4 * (data.length + labels.length));
  const view = new DataView(body.buffer);
  [MAGIC, rows, data.length / rows, labels.length].forEach((word, i) => view.setUint32(4 * i, word, true));
  new Float32Array(body.buffer, HEADER_BYTES).set(data);
  new Float32Array(body.buffer, HEADER_BYTES + 4 * data.length).set(labels);
  return body;
}
