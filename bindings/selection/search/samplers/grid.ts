import { OptionError } from '../../../runtime/errors.js';
import { checkNumber, checkOptions, isObject, unknownName } from '../../../runtime/suggest.js';
import { isActive, type Parameter, type Params, type ParameterValue, type Space } from '../space.js';
import type { Sampler } from './sampler.js';

export interface GridSearchOptions {
  /** Values of each number that has more: one count for all, or by name; 5 by default. Both ends are among them. */
  points?: number | Readonly<Record<string, number>>;
}

const MAXIMUM_TRIALS = 1_000_000;

function valuesOf({ size, values, decode }: Parameter, points: number): readonly ParameterValue[] {
  if (values) return values;
  const count = Math.min(size ?? points, points);
  if (count === 1) return [decode(0.5)];
  return [...new Set(Array.from({ length: count }, (_, i) => decode(i / (count - 1))))];
}

function combinations(space: Space, points: GridSearchOptions['points']): Params[] {
  const pointsOf = (name: string) => (isObject(points) ? points[name] : points) ?? 5;
  let rows: Params[] = [{}];
  for (const [name, parameter] of Object.entries(space)) {
    const values = valuesOf(
      parameter,
      checkNumber('gridSearch', 'points', pointsOf(name), { minimum: 1, integer: true }),
    );
    rows = rows.flatMap((row) =>
      isActive(parameter, row) ? values.map((value) => ({ ...row, [name]: value })) : [row],
    );
    if (rows.length > MAXIMUM_TRIALS) {
      throw new OptionError(
        `gridSearch: more than ${MAXIMUM_TRIALS} combinations. Give fewer points, or search at random.`,
      );
    }
  }
  return rows;
}

/**
 * Every combination of values, the last parameter changing fastest.
 *
 * @example gridSearch({ points: { rate: 7 } })
 */
export function gridSearch(options: GridSearchOptions = {}): Sampler {
  checkOptions('gridSearch', options, ['points']);
  const { points = 5 } = options;
  let made: { space: Space; rows: Params[] } | undefined;
  const rowsOf = (space: Space): Params[] => {
    if (isObject(points)) {
      const odd = Object.keys(points).find((name) => !Object.hasOwn(space, name));
      if (odd) unknownName('gridSearch: points', 'parameter', odd, Object.keys(space));
    }
    if (made?.space !== space) made = { space, rows: combinations(space, points) };
    return made.rows;
  };
  return {
    name: 'gridSearch',
    config: { points },
    size: (space) => rowsOf(space).length,
    needs: () => 0,
    propose: ({ space, index }) => {
      const rows = rowsOf(space);
      return rows[index % rows.length]!;
    },
  };
}
