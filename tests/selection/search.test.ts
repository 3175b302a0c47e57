// Spaces, samplers, pruners and schedules, each by what it promises.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OptionError } from '../../bindings/index.js';
import { RandomSequence } from '../../bindings/runtime/random.js';
import {
  asha,
  choice,
  coarseToFine,
  conditional,
  gridSearch,
  hyperband,
  integer,
  latinHypercube,
  logUniform,
  medianPruner,
  oneMinus,
  parameterImportance,
  randomSearch,
  study,
  successiveHalving,
  tpe,
  uniform,
  type Observation,
  type Params,
  type Sampler,
  type Space,
} from '../../bindings/selection/index.js';
import {
  choiceEstimator,
  normalBelow,
  numberEstimator,
  observationWeights,
} from '../../bindings/selection/search/samplers/parzen.js';
import { drawRandom } from '../../bindings/selection/search/samplers/sampler.js';
import { fitsSpace } from '../../bindings/selection/search/space.js';
import { expectError } from '../model/support.js';
import { branin, hartmann6 } from './functions.js';

const nested = {
  rate: logUniform(1e-4, 1e-1),
  optimizer: choice(['sgd', 'adam']),
  momentum: conditional('optimizer', ['sgd'], uniform(0, 0.99)),
  beta: conditional('optimizer', ['adam'], oneMinus(0.9, 0.9999)),
  width: integer(8, 256, { log: true }),
  depth: integer(1, 3),
};

describe('spaces', () => {
  test.each([
    ['uniform', uniform(-2, 5)],
    ['logUniform', logUniform(1e-5, 10)],
    ['oneMinus', oneMinus(0.5, 0.9999)],
    ['integer', integer(-3, 9)],
    ['log integer', integer(1, 500, { log: true })],
    ['choice', choice([1, 'a', null, true])],
  ] as const)('%s: every place has a value of the space, and every value its place', (_, parameter) => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (place) => {
        const value = parameter.decode(place);
        expect(parameter.has(value)).toBe(true);
        const again = parameter.encode(value as never);
        expect(again).toBeGreaterThanOrEqual(-1e-9);
        expect(again).toBeLessThanOrEqual(1 + 1e-9);
        if (parameter.size === undefined) expect(again).toBeCloseTo(place, 8);
        else expect(parameter.decode(again)).toBe(value);
      }),
    );
  });

  test('scales are where they should be dense', () => {
    expect(logUniform(1e-4, 1).decode(0.5)).toBeCloseTo(1e-2, 12);
    expect(oneMinus(0.9, 0.999).decode(0.5)).toBeCloseTo(0.99, 12);
    expect(oneMinus(0.9, 0.999).decode(0)).toBeCloseTo(0.9, 12);
    const widths = integer(1, 1023, { log: true });
    expect(widths.decode(0.5)).toBe(32);
    const counts = [0, 0, 0];
    for (let i = 0; i < 300; i++) counts[integer(0, 2).decode((i + 0.5) / 300)]!++;
    expect(counts).toEqual([100, 100, 100]);
  });

  test('a conditional parameter is there exactly where its condition holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const params = drawRandom(nested, new RandomSequence(seed));
        expect('momentum' in params).toBe(params.optimizer === 'sgd');
        expect('beta' in params).toBe(params.optimizer === 'adam');
        expect(fitsSpace(nested, params)).toBe(true);
        expect(fitsSpace(nested, { ...params, depth: 4 })).toBe(false);
        expect(fitsSpace(nested, { ...params, more: 1 })).toBe(false);
      }),
    );
  });

  test('refuses what is no space', async () => {
    const bad = (make: () => unknown, ...words: string[]) =>
      expectError(() => make(), OptionError, 'INVALID_OPTION', ...words);
    await bad(() => uniform(1, 1), 'uniform', 'low');
    await bad(() => logUniform(0, 1), 'logUniform', 'low', '> 0');
    await bad(() => oneMinus(0.5, 1), 'oneMinus', 'high', '< 1');
    await bad(() => integer(1.5, 3), 'integer', 'low', 'whole');
    await bad(() => integer(0, 3, { log: true }), 'integer', 'low', '>= 1');
    await bad(() => choice([]), 'choice');
    await bad(() => choice([1, 1]), 'choice', 'twice');
    await bad(() => choice([NaN]), 'choice');
    const objective = () => 0;
    const search = (space: unknown) => study({ space: space as Space, objective, trials: 1 });
    await expectError(() => search({}), OptionError, 'INVALID_OPTION', 'space');
    await expectError(() => search({ a: 3 }), OptionError, 'INVALID_OPTION', "'a' must be a parameter");
    const late = { momentum: nested.momentum, optimizer: nested.optimizer };
    await expectError(() => search(late), OptionError, 'INVALID_OPTION', "unknown earlier parameter 'optimizer'");
    const odd = { a: choice([1, 2]), b: conditional('a', [3], uniform(0, 1)) };
    await expectError(() => search(odd), OptionError, 'INVALID_OPTION', "'b' must depend on values of a choice", '3');
  });
});

const paramsOf = async (space: Space, sampler: Sampler, trials?: number, value: (params: Params) => number = () => 0) =>
  (await study({ space, sampler, objective: value, seed: 3, ...(trials && { trials }) })).trials.map(
    ({ params }) => params,
  );

describe('samplers', () => {
  test('gridSearch has each combination once, conditional ones too', async () => {
    const space = {
      a: choice(['x', 'y']),
      b: conditional('a', ['y'], integer(1, 2)),
      c: uniform(0, 1),
    };
    expect(await paramsOf(space, gridSearch({ points: { c: 3 } }))).toEqual([
      ...[0, 0.5, 1].map((c) => ({ a: 'x', c })),
      ...[1, 2].flatMap((b) => [0, 0.5, 1].map((c) => ({ a: 'y', b, c }))),
    ]);
    expect((await paramsOf({ n: integer(1, 100) }, gridSearch({ points: 4 }))).map(({ n }) => n)).toEqual([
      1, 34, 67, 100,
    ]);
    const bad = () => paramsOf(space, gridSearch({ points: { d: 3 } }));
    await expectError(bad, OptionError, 'INVALID_OPTION', "'d'");
  });

  test('latinHypercube puts one trial in each stratum of each parameter', async () => {
    const rows = await paramsOf({ a: uniform(0, 1), b: uniform(0, 1) }, latinHypercube({ samples: 20 }), 40);
    for (const name of ['a', 'b']) {
      for (const round of [rows.slice(0, 20), rows.slice(20)]) {
        const strata = round.map((row) => Math.floor((row[name] as number) * 20));
        expect(strata.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      }
    }
    expect(rows[0]!.a).not.toBe(rows[20]!.a);
  });

  test('coarseToFine comes closer, and stays in the box about the best', async () => {
    const value = ({ x }: Params) => Math.abs((x as number) - 0.3);
    const rows = await paramsOf(
      { x: uniform(0, 1) },
      coarseToFine({ samples: 10, rounds: 3, shrink: 0.2 }),
      undefined,
      value,
    );
    expect(rows).toHaveLength(30);
    const best = rows.slice(0, 10).sort((a, b) => value(a) - value(b))[0]!.x as number;
    for (const { x } of rows.slice(10, 20)) expect(Math.abs((x as number) - best)).toBeLessThanOrEqual(0.2);
    const late = rows.slice(20).map(({ x }) => x as number);
    expect(Math.max(...late) - Math.min(...late)).toBeLessThanOrEqual(0.04 + 1e-12);
  });

  test.each([
    ['random', randomSearch()],
    ['grid', gridSearch({ points: 2 })],
    ['latinHypercube', latinHypercube({ samples: 15 })],
    ['coarseToFine', coarseToFine({ samples: 5 })],
    ['tpe', tpe({ startupTrials: 5 })],
  ] as const)('%s: params are of the space, the same for the same seed', async (_, sampler) => {
    const value = (params: Params) =>
      Math.abs(Math.log10(params.rate as number) + 2.5) + Number(params.optimizer === 'sgd');
    const rows = await paramsOf(nested, sampler, 25, value);
    for (const row of rows) expect(fitsSpace(nested, row)).toBe(true);
    expect(await paramsOf(nested, sampler, 25, value)).toEqual(rows);
  });

  test('Parzen estimators are densities', () => {
    for (const places of [[], [0.1], [0.5, 0.5, 0.99, 0], Array.from({ length: 60 }, (_, i) => ((i * 37) % 61) / 61)]) {
      const { density, draw } = numberEstimator(places);
      let [mass, below] = [0, 0];
      for (let i = 0; i < 4000; i++) {
        mass += density((i + 0.5) / 4000) / 4000;
        if (i < 1200) below += density((i + 0.5) / 4000) / 4000;
      }
      expect(mass).toBeCloseTo(1, 4);
      const random = new RandomSequence(1);
      let drawn = 0;
      for (let i = 0; i < 4000; i++) drawn += Number(draw(random) < 0.3) / 4000;
      expect(Math.abs(drawn - below)).toBeLessThan(0.03);
    }
    const shares = choiceEstimator([1, 1, 2], 3);
    expect([0, 1, 2].reduce((sum, i) => sum + shares.density(i), 0)).toBeCloseTo(1, 12);
    expect(shares.density(1)).toBeGreaterThan(shares.density(2));
    expect(shares.density(2)).toBeGreaterThan(shares.density(0));
  });

  // Φ by mpmath.
  test.each([
    [-5, 2.86651571879194e-7],
    [-1, 0.158655253931457],
    [0, 0.5],
    [0.3, 0.617911422188953],
    [2.5, 0.993790334674224],
  ])('P(Z < %d)', (z, expected) => expect(normalBelow(z)).toBeCloseTo(expected, 13));

  test('old observations weigh less', () => {
    expect(observationWeights(3)).toEqual([1, 1, 1]);
    const weights = observationWeights(30);
    expect(weights.slice(5)).toEqual(Array(25).fill(1));
    expect(weights[0]).toBeCloseTo(1 / 30, 12);
    expect(weights[4]).toBe(1);
  });

  // In pairs: the first ten trials of a seed are the same draws for both.
  test.each([
    ['Branin', branin, 60],
    ['Hartmann-6', hartmann6, 60],
  ] as const)('tpe beats random search on %s, seed by seed', async (_, { space, value, minimum }, trials) => {
    let wins = 0;
    const gaps = { tpe: 0, random: 0 };
    for (let seed = 0; seed < 20; seed++) {
      const run = async (sampler: Sampler) =>
        (await study({ space: space, objective: value, sampler, trials, seed })).best!.value! - minimum;
      const [own, random] = [await run(tpe()), await run(randomSearch())];
      expect(own).toBeGreaterThan(-1e-5);
      gaps.tpe += own / 20;
      gaps.random += random / 20;
      wins += Number(own < random);
    }
    // By chance 15 of 20 pairs or more are won once in 48.
    expect(wins).toBeGreaterThanOrEqual(15);
    expect(gaps.tpe).toBeLessThan(gaps.random * 0.6);
  });
});

const observation = (number: number, losses: number[], state: Observation['state'] = 'complete'): Observation => ({
  number,
  params: {},
  state,
  ...(state === 'complete' && { loss: losses.at(-1)! }),
  reports: losses.map((loss, i) => [i + 1, loss] as const),
});
const reports = (...losses: number[]) => losses.map((loss, i) => [i + 1, loss] as const);

describe('pruners', () => {
  const trials = [[5, 4], [6, 5], [7, 6], [8, 7]].map((losses, i) => observation(i, losses)); // prettier-ignore

  test('medianPruner ends what is worse than the median at its step', () => {
    const pruner = medianPruner({ startupTrials: 4 });
    expect(pruner.prunes({ reports: reports(6.5), trials })).toBe(false);
    expect(pruner.prunes({ reports: reports(6.6), trials })).toBe(true);
    // The best so far counts, and the median is of this step.
    expect(pruner.prunes({ reports: reports(5, 9), trials })).toBe(false);
    expect(pruner.prunes({ reports: reports(5.6, 9), trials })).toBe(true);
    expect(pruner.prunes({ reports: reports(9, 9, 9), trials })).toBe(false);
    expect(pruner.prunes({ reports: reports(9), trials: trials.slice(1) })).toBe(false);
    expect(pruner.prunes({ reports: reports(9), trials: [...trials.slice(1), observation(9, [1], 'pruned')] })).toBe(
      false,
    );
    expect(medianPruner({ startupTrials: 4, warmupSteps: 1 }).prunes({ reports: reports(9), trials })).toBe(false);
  });

  test('asha lets the best third of a rung go on', () => {
    const pruner = asha({ minimumResource: 2, reductionFactor: 3 });
    const at = (...losses: number[]) => losses.map((loss, i) => observation(i, [99, loss], 'pruned'));
    expect(pruner.prunes({ reports: reports(1), trials: at(1, 2, 3) })).toBe(false);
    expect(pruner.prunes({ reports: reports(9, 1.5), trials: at(2) })).toBe(false);
    expect(pruner.prunes({ reports: reports(9, 2.5), trials: at(2) })).toBe(true);
    expect(pruner.prunes({ reports: reports(9, 2.5), trials: at(1, 2, 3, 4, 5, 6, 7, 8) })).toBe(false);
    expect(pruner.prunes({ reports: reports(9, 3.5), trials: at(1, 2, 3, 4, 5, 6, 7, 8) })).toBe(true);
    // Between rungs nobody is pruned; the next one is at step 6.
    expect(pruner.prunes({ reports: reports(9, 3.5, 99), trials: at(1, 2, 3, 4, 5) })).toBe(false);
    const far = observation(0, [1, 1, 1, 1, 1, 1]);
    expect(pruner.prunes({ reports: reports(0, 0, 0, 0, 0, 2), trials: [far] })).toBe(true);
  });
});

describe('schedules', () => {
  test('successiveHalving has a third of the trials with three times the budget', () => {
    const { turns } = successiveHalving({ trials: 9, minimum: 1, maximum: 9 });
    expect(turns.map(({ budget }) => budget)).toEqual([...Array<number>(9).fill(1), 3, 3, 3, 9]);
    expect(turns[9]).toEqual({ bracket: 0, rung: 1, budget: 3, needs: 9, from: { first: 0, end: 9, rank: 0 } });
    expect(turns[12]).toEqual({ bracket: 0, rung: 2, budget: 9, needs: 12, from: { first: 9, end: 12, rank: 0 } });
  });

  // Table 1 of Li et al. 2018: R = 81, η = 3.
  test('hyperband has the brackets of its paper', () => {
    const { turns } = hyperband({ maximum: 81 });
    const table = [0, 1, 2, 3, 4].map((bracket) => {
      const own = turns.filter((turn) => turn.bracket === bracket);
      return [...new Set(own.map(({ rung }) => rung))].map((rung) => {
        const ofRung = own.filter((turn) => turn.rung === rung);
        return [ofRung.length, ofRung[0]!.budget];
      });
    });
    expect(table).toEqual([
      [[81, 1], [27, 3], [9, 9], [3, 27], [1, 81]],
      [[34, 3], [11, 9], [3, 27], [1, 81]],
      [[15, 9], [5, 27], [1, 81]],
      [[8, 27], [2, 81]],
      [[5, 81]],
    ]); // prettier-ignore
  });

  test('the best of a rung go on, with their parameters and seeds', async () => {
    const { trials, best } = await study({
      space: { x: uniform(0, 1) },
      objective: ({ x }, { budget }) => x + 1 / budget!,
      sampler: randomSearch(),
      schedule: successiveHalving({ trials: 9, maximum: 9 }),
    });
    const rung = (from: number, to: number) => trials.slice(from, to).map(({ params, seed }) => ({ params, seed }));
    const first = [...trials.slice(0, 9)]
      .sort((a, b) => a.value! - b.value!)
      .map(({ params, seed }) => ({ params, seed }));
    expect(rung(9, 12)).toEqual(first.slice(0, 3));
    expect(rung(12, 13)).toEqual(first.slice(0, 1));
    expect(best!.number).toBe(12);
    expect(best!.place).toEqual({ budget: 9, bracket: 0, rung: 2 });
  });

  test('failed trials do not go on; a rung without anybody has failed', async () => {
    const { trials, best } = await study({
      space: { x: uniform(0, 1) },
      objective: () => NaN,
      schedule: successiveHalving({ trials: 3, maximum: 3 }),
    });
    expect(trials.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(trials[3]!.reason).toMatch(/no trial of the rung before/);
    expect(best).toBeUndefined();
  });
});

describe('parameterImportance', () => {
  test('gives each parameter its share of the variance', async () => {
    // Var(4a) : Var(2b) : Var(c) = 16 : 4 : 0 of a sum of independent uniform parameters.
    const { trials, space } = await study({
      space: { c: uniform(0, 1), b: uniform(0, 1), a: logUniform(1, 10) },
      objective: ({ a, b }) => 4 * Math.log10(a) + 2 * b,
      sampler: randomSearch(),
      trials: 200,
    });
    const shares = parameterImportance({ trials, space });
    expect(Object.keys(shares)).toEqual(['a', 'b', 'c']);
    expect(Math.abs(shares.a! - 0.8)).toBeLessThan(0.06);
    expect(Math.abs(shares.b! - 0.2)).toBeLessThan(0.06);
    expect(shares.c).toBeLessThan(0.02);
    expect(parameterImportance({ trials, space })).toEqual(shares);
    expect(() => parameterImportance({ trials: trials.slice(0, 3), space })).toThrow(/at least 4/);
  });
});
