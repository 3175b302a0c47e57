// The journal of a study: one line of JSON for the study, one for each trial that begins, one for each that is done. Lines are
// only ever added, each with its checksum, so that at every moment the file is a study that can go on.

import { crc32 } from '../../tensorboard/crc.js';
import { DataError, FormatError, reasonOf, StateError } from '../../runtime/errors.js';
import { describeValue, isObject } from '../../runtime/suggest.js';
import { fitsSpace, type Params, type Space } from './space.js';
import type { StartedTrial, Trial, TrialPlace } from './trial.js';

/** Where the bytes of a journal are kept. `fileJournal` of wasmgrad/node is one. */
export interface Journal {
  /** Takes hold of it, so that nobody else does. @throws StateError where somebody else has. */
  open(): Promise<OpenJournal> | OpenJournal;
}

export interface OpenJournal {
  read(): Promise<Uint8Array> | Uint8Array;
  /** Adds at the end; what was added stays, whatever happens to the process afterwards. */
  append(bytes: Uint8Array): Promise<void> | void;
  /** Cuts the end off. */
  truncate(length: number): Promise<void> | void;
  close(): Promise<void> | void;
}

/** A journal in memory: `bytes` are what a file would have. @example const journal = memoryJournal(); await study({ journal, ... }); */
export function memoryJournal(start: Uint8Array = new Uint8Array()): Journal & { readonly bytes: Uint8Array } {
  let bytes = Uint8Array.from(start);
  let isOpen = false;
  return {
    get bytes() {
      return bytes;
    },
    open() {
      if (isOpen) throw new StateError('memoryJournal: another study writes to it. Await that one first.');
      isOpen = true;
      return {
        read: () => bytes,
        append(more) {
          const joined = new Uint8Array(bytes.length + more.length);
          joined.set(bytes);
          joined.set(more, bytes.length);
          bytes = joined;
        },
        truncate: (length) => void (bytes = bytes.slice(0, length)),
        close: () => void (isOpen = false),
      };
    },
  };
}

/** What a journal says about its study: what trials depend on. */
export interface JournalHeader {
  readonly seed: number;
  readonly lag: number;
  readonly direction: string;
  readonly space: unknown;
  readonly sampler: unknown;
  readonly pruner: unknown;
  readonly schedule: unknown;
}

/** What is in a journal. */
export interface JournalContents {
  readonly header: JournalHeader | undefined;
  readonly started: ReadonlyMap<number, StartedTrial>;
  readonly done: ReadonlyMap<number, Trial>;
  /** Bytes up to the end of the last whole line. */
  readonly length: number;
}

export const JOURNAL_VERSION = 1;
const FORMAT = 'wasmgrad-study';
const HEADER_FIELDS = ['seed', 'lag', 'direction', 'space', 'sampler', 'pruner', 'schedule'] as const;
const STATES = ['complete', 'pruned', 'failed'];
const encoder = new TextEncoder();
const SEAL = /^,"crc":"[0-9a-f]{8}"\}$/;
const SEAL_LENGTH = ',"crc":"00000000"}'.length;

const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');

/** A record as a line: its JSON, and before the last brace the CRC-32 of all before. */
function encodeLine(record: object): Uint8Array {
  const text = JSON.stringify(record).slice(0, -1);
  return encoder.encode(`${text},"crc":"${checksum(encoder.encode(text))}"}\n`);
}

export const headerLine = (header: JournalHeader): Uint8Array =>
  encodeLine({ journal: FORMAT, version: JOURNAL_VERSION, ...header });

export const startLine = ({ number, params, seed, place }: StartedTrial): Uint8Array =>
  encodeLine({ start: number, seed, params, ...(place && { place }) });

export const endLine = ({ number, state, value, reason, reports, seconds }: Trial): Uint8Array =>
  encodeLine({ end: number, state, ...(value !== undefined && { value }), ...(reason !== undefined && { reason }), reports, seconds }); // prettier-ignore

/** Collects the records of a journal line by line. */
class JournalReader {
  header: JournalHeader | undefined;
  readonly started = new Map<number, StartedTrial>();
  readonly done = new Map<number, Trial>();
  private line = 0;
  private offset = 0;

  constructor(private readonly space: Space | undefined) {}

  read(bytes: Uint8Array): JournalContents {
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, this.offset)) {
      this.line++;
      this.take(this.decode(bytes.subarray(this.offset, end)));
      this.offset = end + 1;
    }
    const { header, started, done, offset: length } = this;
    return { header, started, done, length };
  }

  private fail(expected: string, got: unknown, cause?: unknown): never {
    const text = typeof got === 'string' ? got : describeValue(got);
    throw new FormatError(
      `journal: line ${this.line}: expected ${expected}, got ${text}. Restore the file, or begin a new one.`,
      this.offset,
      cause === undefined ? undefined : { cause },
    );
  }

  private decode(line: Uint8Array): Record<string, unknown> {
    const cut = Math.max(0, line.length - SEAL_LENGTH);
    const seal = String.fromCharCode(...line.subarray(cut));
    if (!SEAL.test(seal)) this.fail('a record that ends in its checksum', `'${seal.replaceAll(/[^ -~]/g, '?')}'`);
    const sum = checksum(line.subarray(0, cut));
    if (seal.slice(8, 16) !== sum) this.fail(`the checksum ${sum} of its bytes`, seal.slice(8, 16));
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(line.subarray(0, cut));
      return JSON.parse(`${text}}`) as Record<string, unknown>;
    } catch (cause) {
      return this.fail('JSON', reasonOf(cause), cause);
    }
  }

  private take(record: Record<string, unknown>): void {
    if (this.line === 1) this.header = this.toHeader(record);
    else if ('start' in record) this.takeStart(record);
    else if ('end' in record) this.takeEnd(record);
    else this.fail('the start or end of a trial', `a record of ${Object.keys(record).join(', ')}`);
  }

  private toHeader(record: Record<string, unknown>): JournalHeader {
    if (record.journal !== FORMAT) this.fail(`a journal '${FORMAT}'`, record.journal);
    if (record.version !== JOURNAL_VERSION) this.fail(`version ${JOURNAL_VERSION}`, record.version);
    const missing = HEADER_FIELDS.find((name) => !(name in record));
    if (missing) this.fail(`the field '${missing}'`, 'none');
    if (!isCount(record.lag) || record.lag < 1) this.fail('a lag of 1 or more', record.lag);
    return Object.fromEntries(HEADER_FIELDS.map((name) => [name, record[name]])) as unknown as JournalHeader;
  }

  private takeStart({ start, seed, params, place }: Record<string, unknown>): void {
    if (!isCount(start) || this.started.has(start)) this.fail('the number of a trial that has not begun', start);
    if (!isCount(seed)) this.fail('a seed', seed);
    // One that found nobody to promote has none.
    const isEmpty = isPlace(place) && place.rung > 0 && isObject(params) && Object.keys(params).length === 0;
    if (!isObject(params) || (!isEmpty && this.space && !fitsSpace(this.space, params as Params))) {
      this.fail('params of the space', JSON.stringify(params) ?? 'none');
    }
    if (place !== undefined && !isPlace(place)) this.fail('a place { budget, bracket, rung }', place);
    this.started.set(start, { number: start, seed, params: params as Params, ...(isPlace(place) && { place }) });
  }

  private takeEnd({ end, state, value, reason, reports, seconds }: Record<string, unknown>): void {
    const begun = isCount(end) ? this.started.get(end) : undefined;
    if (!begun || this.done.has(begun.number)) this.fail('the number of a trial that has begun and is not done', end);
    if (!STATES.includes(state as string)) this.fail(`a state of ${STATES.join(', ')}`, state);
    if ((state === 'complete') !== Number.isFinite(value))
      this.fail('a value of a complete trial, and of no other', value);
    if (!Array.isArray(reports) || !reports.every(isReport)) this.fail('reports [step, value]', reports);
    if (!Number.isFinite(seconds)) this.fail('seconds', seconds);
    this.done.set(begun.number, {
      ...begun,
      state: state as Trial['state'],
      ...(typeof value === 'number' && { value }),
      ...(typeof reason === 'string' && { reason }),
      reports,
      seconds: seconds as number,
    });
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isPlace = (value: unknown): value is TrialPlace =>
  isObject(value) && [value.budget, value.bracket, value.rung].every((number) => Number.isFinite(number));

const isReport = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((number) => Number.isFinite(number));

/**
 * The trials of a journal. A last line without its end is what a process was writing when it was killed: it is left out.
 *
 * @param space If given, params must be of it.
 * @throws FormatError for a broken line, with its number, what was expected there, and the byte.
 * @example const { trials } = readJournal(await readFile('search.jsonl'));
 */
export function readJournal(bytes: Uint8Array, space?: Space): JournalContents & { trials: Trial[] } {
  if (!(bytes instanceof Uint8Array)) {
    throw new DataError(`readJournal: expected the bytes of a journal, got ${describeValue(bytes)}.`);
  }
  const contents = new JournalReader(space).read(bytes);
  return { ...contents, trials: [...contents.done.values()].sort((a, b) => a.number - b.number) };
}

/** Throws unless a journal is of this study. The lag may be left to the journal. */
export function checkHeader(header: JournalHeader, own: JournalHeader, isLagGiven: boolean): void {
  for (const name of HEADER_FIELDS) {
    if (name === 'lag' && !isLagGiven) continue;
    const [there, here] = [header[name], own[name]].map((value) => JSON.stringify(value));
    if (there === here) continue;
    throw new StateError(
      `study: the journal is of another study: its ${name} is ${there}, this one's ${here}. Give the same, or another journal.`,
    );
  }
}
