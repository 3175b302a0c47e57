// Option checking shared by every public function: unknown names are errors that name the nearest known one.

import { OptionError } from './errors.js';

/** The known name with the fewest edits to `name`, if it is close enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // A name out of a file may be of any length.
  const ranked = known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= tolerance(candidate))
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= tolerance(best.candidate) ? best.candidate : undefined;
}

/** Edits by which a name may miss what was meant. */
const tolerance = ({ length }: string): number => Math.max(2, Math.floor(length / 3));

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1);
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** Throws an OptionError for `name`, listing what is known and the nearest of it. */
export function unknownName(where: string, kind: string, name: string, known: readonly string[]): never {
  const nearest = nearestName(name, known);
  const hint = nearest ? ` Did you mean '${nearest}'?` : '';
  throw new OptionError(`${where}: unknown ${kind} ${describeValue(name)}.${hint} Known: ${listNames(known)}.`);
}

/** Throws if `options` has a key that is not in `known`. */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (options === null || typeof options !== 'object') {
    throw new OptionError(`${where}: options must be an object, got ${describeValue(options)}.`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) unknownName(where, 'option', key, known);
  }
}

/** What a numeric option must satisfy. */
export interface NumberRange {
  minimum?: number;
  /** Exclusive upper bound. */
  below?: number;
  maximum?: number;
  /** The minimum itself is not allowed. */
  above?: number;
  integer?: boolean;
}

/** Returns `value` if it is a finite number in the range; else an OptionError that names the option. */
export function checkNumber(where: string, option: string, value: unknown, range: NumberRange = {}): number {
  const bounds: string[] = [];
  let isValid = typeof value === 'number' && Number.isFinite(value);
  const number = value as number;
  if (range.integer) isValid &&= Number.isInteger(number);
  if (range.minimum !== undefined) bounds.push(`>= ${range.minimum}`);
  if (range.above !== undefined) bounds.push(`> ${range.above}`);
  if (range.below !== undefined) bounds.push(`< ${range.below}`);
  if (range.maximum !== undefined) bounds.push(`<= ${range.maximum}`);
  isValid &&= number >= (range.minimum ?? -Infinity) && number <= (range.maximum ?? Infinity);
  isValid &&= number > (range.above ?? -Infinity) && number < (range.below ?? Infinity);
  if (isValid) return number;
  const kind = range.integer ? 'a whole number' : 'a finite number';
  throw new OptionError(
    `${where}: ${option} must be ${kind}${bounds.length ? ` ${bounds.join(' and ')}` : ''}, got ${describeValue(value)}.`,
  );
}

/** Returns `value` if it is true or false; else an OptionError that names the option. */
export function checkFlag(where: string, option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new OptionError(`${where}: ${option} must be true or false, got ${describeValue(value)}.`);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object of no class. */
export const isPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/** Characters of a text that a message shows, and of a list of names: those of a file may be a million. */
const SHOWN = 200;
const SHOWN_NAMES = 2000;

/** Names for a message. */
export function listNames(names: readonly string[]): string {
  const text = names.slice(0, SHOWN_NAMES).join(', ');
  return text.length > SHOWN_NAMES ? `${text.slice(0, SHOWN_NAMES)}... (${names.length} in all)` : text;
}

/** A short form of any value for messages. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > SHOWN ? `'${value.slice(0, SHOWN)}...' (${value.length} characters)` : `'${value}'`;
  }
  if (typeof value === 'function') return value.name ? `the function '${value.name}'` : 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `a ${value.constructor?.name ?? 'plain object'}`;
}
