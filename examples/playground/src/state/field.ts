// Kinds of settings. A field knows how its value is written in a link, and reads nothing else: what does not fit is undefined.

interface Described {
  /** Its key in a link. */
  key: string;
  label: string;
  /** What it does, in a sentence or two, for those who meet the term for the first time. */
  help: string;
}

interface Codec<T> {
  initial: T;
  /** The value, or undefined for any text that is not one. */
  parse(text: string): T | undefined;
  write(value: T): string;
}

export interface ChoiceField<T extends string | number> extends Described, Codec<T> {
  kind: 'choice';
  options: readonly { value: T; label: string }[];
}

export interface RangeField extends Described, Codec<number> {
  kind: 'range';
  minimum: number;
  maximum: number;
  step: number;
  format: (value: number) => string;
}

export interface WholeField extends Described, Codec<number> {
  kind: 'whole';
  minimum: number;
  maximum: number;
}

export interface FlagField extends Described, Codec<boolean> {
  kind: 'flag';
}

export interface LayersField extends Described, Codec<readonly number[]> {
  kind: 'layers';
  maximumLayers: number;
  maximumUnits: number;
}

export type Field = ChoiceField<string> | ChoiceField<number> | RangeField | WholeField | FlagField | LayersField;

/** One of a list. The first option is the initial one unless another is named. */
export function choice<const T extends string | number>(
  described: Described,
  options: readonly (readonly [value: T, label: string])[],
  initial: NoInfer<T> = options[0]![0],
): ChoiceField<T> {
  return {
    kind: 'choice',
    ...described,
    initial,
    options: options.map(([value, label]) => ({ value, label })),
    parse: (text) => options.find(([value]) => String(value) === text)?.[0],
    write: String,
  };
}

/** Digits with at most one point: no sign, no exponent, no blanks, none of the other things that `Number` reads. */
const DECIMAL = /^\d{1,10}(\.\d{1,6})?$/;

/** A number within bounds, rounded to whole steps. */
export function range(
  described: Described,
  bounds: { minimum: number; maximum: number; step: number },
  initial: number,
  format: (value: number) => string = String,
): RangeField {
  const { minimum, maximum, step } = bounds;
  const round = (value: number): number => Number((Math.round(value / step) * step).toFixed(6));
  return {
    kind: 'range',
    ...described,
    ...bounds,
    initial,
    format,
    parse(text) {
      const value = DECIMAL.test(text) ? round(Number(text)) : NaN;
      return value >= minimum && value <= maximum ? value : undefined;
    },
    write: (value) => String(round(value)),
  };
}

export function whole(described: Described, bounds: { minimum: number; maximum: number }, initial: number): WholeField {
  return {
    kind: 'whole',
    ...described,
    ...bounds,
    initial,
    parse(text) {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
      return value >= bounds.minimum && value <= bounds.maximum ? value : undefined;
    },
    write: String,
  };
}

export function flag(described: Described, initial = false): FlagField {
  return {
    kind: 'flag',
    ...described,
    initial,
    parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
    write: (value) => (value ? '1' : '0'),
  };
}

/** Units of the hidden layers: `16-8`, or `0` for none. */
export function layers(
  described: Described,
  limits: { maximumLayers: number; maximumUnits: number },
  initial: readonly number[],
): LayersField {
  const { maximumLayers, maximumUnits } = limits;
  return {
    kind: 'layers',
    ...described,
    ...limits,
    initial,
    parse(text) {
      if (text === '0') return [];
      if (!/^\d{1,3}(-\d{1,3})*$/.test(text)) return undefined;
      const units = text.split('-').map(Number);
      const fits = units.length <= maximumLayers && units.every((count) => count >= 1 && count <= maximumUnits);
      return fits ? units : undefined;
    },
    write: (units) => units.join('-') || '0',
  };
}
