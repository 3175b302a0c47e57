// Prechelt's criteria on sequences worked out by hand.

import { describe, expect, test } from 'vitest';
import {
  generalizationLoss,
  OptionError,
  progressQuotient,
  successiveIncreases,
  type StoppingCriterion,
} from '../../bindings/index.js';
import { expectError } from '../model/support.js';

/** The first epoch, counted from 1, after which the criterion stops; 0 if none. */
function stopsAfter(
  criterion: StoppingCriterion,
  values: readonly number[],
  training: readonly number[] = [],
  mode: 'min' | 'max' = 'min',
): number {
  for (let t = 1; t <= values.length; t++) {
    if (criterion.isDue({ values: values.slice(0, t), training: training.slice(0, t), mode })) return t;
  }
  return 0;
}

describe('generalizationLoss', () => {
  // GL: 0, 0, 100 (1.25 / 1 - 1) = 25, 50, 0, 100 (1.5 / 0.5 - 1) = 200.
  const values = [2, 1, 1.25, 1.5, 0.5, 1.5];

  test.each([
    [24, 3],
    [25, 4],
    [49, 4],
    [50, 6],
    [199, 6],
    [200, 0],
  ])('alpha %f stops after epoch %i', (alpha, epoch) => {
    expect(stopsAfter(generalizationLoss({ alpha }), values)).toBe(epoch);
  });

  test('an error of 0 is the best there is: any more is infinitely worse', () => {
    expect(stopsAfter(generalizationLoss({ alpha: 1000 }), [1, 0, 0, 0.001])).toBe(4);
    expect(stopsAfter(generalizationLoss({ alpha: 1000 }), [1, Infinity])).toBe(2);
  });
});

describe('progressQuotient', () => {
  // Strips of 2. Ends: epoch 2, GL 0; epoch 4, GL 100 (1.5 / 1 - 1) = 50; epoch 6, GL 100 (1.25 / 1 - 1) = 25.
  const values = [2, 1, 9, 1.5, 9, 1.25];
  // P at 4: 1000 (6 / (2 * 2) - 1) = 500; at 6: 1000 (2.5 / (2 * 1) - 1) = 250. Quotients 0, 0.1, 0.1.
  const even = [8, 6, 4, 2, 1.5, 1];
  // P at 6: 1000 (2.125 / 2 - 1) = 62.5: quotient 0.4.
  const slow = [8, 6, 4, 2, 1.125, 1];

  test.each([
    [0.099, even, 4],
    [0.11, even, 0],
    [0.39, slow, 6],
    [0.41, slow, 0],
  ])('alpha %f', (alpha, training, epoch) => {
    expect(stopsAfter(progressQuotient({ alpha, strip: 2 }), values, training)).toBe(epoch);
  });

  test('looks at ends of strips only, of 5 epochs by default', () => {
    const rising = [1, 2, 3, 4, 5, 6];
    expect(stopsAfter(progressQuotient({ alpha: 0.001 }), rising, [5, 4, 3, 2, 1, 1])).toBe(5);
    expect(stopsAfter(progressQuotient({ alpha: 0.001, strip: 4 }), rising, [5, 4, 3, 2, 1, 1])).toBe(4);
  });

  test('no progress at all: stops if anything was lost, goes on if nothing was', () => {
    expect(stopsAfter(progressQuotient({ alpha: 1e9, strip: 2 }), [1, 1, 1, 1.01], [1, 1, 1, 1])).toBe(4);
    expect(stopsAfter(progressQuotient({ alpha: 1e-9, strip: 2 }), [1, 1, 1, 1], [1, 1, 1, 1])).toBe(0);
  });
});

describe('successiveIncreases', () => {
  // Ends of strips of 2: 5, 6, 4, 4.5, 4.6, 4.6, 4.7. Higher than the last: yes, no, yes, yes, no, yes.
  const values = [9, 5, 0, 6, 9, 4, 0, 4.5, 0, 4.6, 0, 4.6, 0, 4.7];

  test.each([
    [1, 2, 4],
    [2, 2, 10],
    [3, 2, 0],
    [1, 7, 14],
    // Every epoch is a strip: 5 0 6 9: two increases after epoch 5.
    [2, 1, 5],
  ])('s = %i, strips of %i', (successions, strip, epoch) => {
    expect(stopsAfter(successiveIncreases({ successions, strip }), values)).toBe(epoch);
  });

  test('three strips of five by default: 20 epochs at the least', () => {
    expect(
      stopsAfter(
        successiveIncreases(),
        Array.from({ length: 30 }, (_, i) => i),
      ),
    ).toBe(20);
  });

  test('falls count where the figure is to rise', () => {
    const rise = values.map((value) => -value);
    expect(stopsAfter(successiveIncreases({ successions: 2, strip: 2 }), rise, [], 'max')).toBe(10);
  });
});

test.each([
  [() => generalizationLoss({ alpha: 0 }), 'generalizationLoss: alpha'],
  [() => progressQuotient({ strip: 0 }), 'progressQuotient: strip'],
  [() => successiveIncreases({ successions: 1.5 }), 'successiveIncreases: successions'],
  [() => successiveIncreases({ alpha: 1 } as object), "unknown option 'alpha'"],
])('wrong options are told: %#', async (make, words) => {
  await expectError(make, OptionError, 'INVALID_OPTION', words);
});
