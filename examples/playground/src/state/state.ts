// The settings of a run, and how they travel in a link. A link may come from anywhere: whatever it says, a valid state results.

import type { Field } from './field.js';
import { FIELDS, type FieldName } from './fields.js';

export type State = { [K in FieldName]: (typeof FIELDS)[K]['initial'] };

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

export const INITIAL = Object.fromEntries(FIELD_NAMES.map((name) => [name, FIELDS[name].initial])) as State;

export interface ParsedState {
  state: State;
  /** Labels of settings, and unknown keys, that the link had wrong. */
  rejected: string[];
}

/** Longest link that is read at all: one with every setting has some 300 characters. */
const MAXIMUM_LENGTH = 2000;
/** Of what is repeated to the reader. */
const MAXIMUM_KEY = 20;

/** Reads the hash of a link. What is missing, unknown, out of bounds or malformed has its initial value. */
export function parseState(hash: string): ParsedState {
  if (hash.length > MAXIMUM_LENGTH) return { state: { ...INITIAL }, rejected: ['the whole link, which is too long'] };
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const state: Record<string, unknown> = { ...INITIAL };
  const rejected: string[] = [];
  const known = new Set<string>();
  for (const name of FIELD_NAMES) {
    const field: Field = FIELDS[name];
    known.add(field.key);
    const text = given.get(field.key);
    if (text === null) continue;
    const value = field.parse(text);
    if (value === undefined) rejected.push(field.label);
    else state[name] = value;
  }
  for (const key of new Set(given.keys())) if (!known.has(key)) rejected.push(key.slice(0, MAXIMUM_KEY));
  return { state: state as State, rejected };
}

const written = (name: FieldName, state: State): string => {
  const field = FIELDS[name] as { write(value: unknown): string };
  return field.write(state[name]);
};

/** The hash of a link to this state, without `#`: only what differs from the initial state, and always the seed. */
export function writeState(state: State): string {
  const parameters = new URLSearchParams();
  for (const name of FIELD_NAMES) {
    const text = written(name, state);
    if (name === 'data' || name === 'seed' || text !== written(name, INITIAL)) parameters.set(FIELDS[name].key, text);
  }
  return parameters.toString();
}

export const isSameState = (a: State, b: State): boolean => writeState(a) === writeState(b);

/** Fields that say something about this kind of data, in the order of the table. */
export function isUsed(name: FieldName, state: State): boolean {
  const isDigits = state.data === 'digits';
  const isPoints = !isDigits && state.data !== 'csv';
  const rules: Partial<Record<FieldName, boolean>> = {
    classes: isPoints && state.data !== 'xor',
    samples: !(state.data === 'csv'),
    noise: isPoints,
    convolution: isDigits,
    strength: state.penalty !== 'none',
    rotation: isDigits,
    shift: isDigits,
    zoom: isDigits,
  };
  return rules[name] ?? true;
}
