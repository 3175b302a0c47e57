// Runs a family of reference cases: one test for each case that the library can compute, and one that accounts for the rest.

import { afterAll, describe, expect, test } from 'vitest';
import { readFamily, type Family, type GoldenCase } from './fixture.js';
import { NOT_YET } from './notYet.js';

/** Computes a case and throws where it differs from the reference. */
export type Runner<A extends { op: string }> = (reference: GoldenCase<A>) => void | Promise<void>;

/**
 * @param runners One for each key of a case that can run.
 * @param keyOf What tells cases of a family apart as far as the library's abilities go: the op, or op and variant.
 */
export function goldenSuite<A extends { op: string }>(
  family: Family,
  runners: Readonly<Record<string, Runner<A>>>,
  keyOf: (attributes: A) => string = ({ op }) => op,
): void {
  const cases = readFamily<A>(family).map((reference) => ({ reference, key: keyOf(reference.attrs) }));
  const gaps = NOT_YET[family];
  const keys = new Set(cases.map(({ key }) => key));
  const runnable = cases.filter(({ key }) => Object.hasOwn(runners, key));
  const pending = cases.filter(({ key }) => !Object.hasOwn(runners, key) && Object.hasOwn(gaps, key));

  describe(`golden ${family}`, () => {
    test.each(runnable.map(({ reference, key }) => [reference.name, key, reference] as const))(
      '%s',
      async (_, key, reference) => {
        await runners[key]!(reference);
      },
    );

    test('every case is run or listed as not yet possible, and no other', () => {
      const unaccounted = cases.filter(({ key }) => !Object.hasOwn(runners, key) && !Object.hasOwn(gaps, key));
      expect(unaccounted.map(({ reference }) => reference.name)).toEqual([]);
      expect(Object.keys(gaps).filter((key) => Object.hasOwn(runners, key))).toEqual([]);
      expect([...Object.keys(runners), ...Object.keys(gaps)].filter((key) => !keys.has(key))).toEqual([]);
      expect(runnable.length + pending.length).toBe(cases.length);
    });

    test('nothing that is listed as not yet possible exists', () => {
      const existing = Object.keys(gaps).filter((key) => gaps[key]!.exists());
      expect(existing, 'give these a runner and take them off NOT_YET').toEqual([]);
    });

    afterAll(() => {
      const names = [...new Set(pending.map(({ key }) => key))].join(', ') || 'none';
      process.stdout.write(`golden ${family}: ${runnable.length} run, ${pending.length} not yet (${names})\n`);
    });
  });
}
