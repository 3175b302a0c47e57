// A family of reference cases: what the library can compute of it, and how a set of cases is run.

import { describe, expect, test } from 'vitest';
import { readFamily, takeWorstShare, type GoldenCase } from './fixture.js';

/** Computes a case and throws where it differs from the reference. */
export type Runner<A extends { op: string }> = (reference: GoldenCase<A>) => void | Promise<void>;

export interface GoldenFamily {
  family: string;
  /** The runner of a case; undefined if the library cannot compute it. */
  runnerOf(reference: GoldenCase<{ op: string }>): Runner<{ op: string }> | undefined;
  /** Keys of all runners, and that of a case. */
  keys: readonly string[];
  keyOf(reference: GoldenCase<{ op: string }>): string;
}

/**
 * @param runners One for each key of a case.
 * @param keyOf What tells cases of a family apart as far as the library's abilities go: the op, or op and variant.
 */
export function goldenFamily<A extends { op: string }>(
  family: string,
  runners: Readonly<Record<string, Runner<A>>>,
  keyOf: (attributes: A) => string = ({ op }) => op,
): GoldenFamily {
  const key = (reference: GoldenCase<{ op: string }>) => keyOf(reference.attrs as A);
  return {
    family,
    keys: Object.keys(runners),
    keyOf: key,
    runnerOf: (reference) =>
      Object.hasOwn(runners, key(reference)) ? (runners[key(reference)] as Runner<{ op: string }>) : undefined,
  };
}

export interface CaseResult {
  name: string;
  status: 'passed' | 'failed' | 'notCovered';
  /** Largest error of the case as a share of what is allowed. */
  worst: number;
  message?: string;
}

/** Runs one case, catching what it throws. */
export async function runCase(
  golden: GoldenFamily | undefined,
  reference: GoldenCase<{ op: string }>,
): Promise<CaseResult> {
  const { name } = reference;
  const runner = golden?.runnerOf(reference);
  if (!runner) return { name, status: 'notCovered', worst: 0, message: `nothing computes ${reference.attrs.op}` };
  takeWorstShare();
  try {
    await runner(reference);
    return { name, status: 'passed', worst: takeWorstShare() };
  } catch (error) {
    return { name, status: 'failed', worst: takeWorstShare(), message: (error as Error).message };
  }
}

/** Runs a family under vitest: every case, and nothing left out. */
export function goldenSuite(golden: GoldenFamily): void {
  const cases = readFamily<{ op: string }>(golden.family);
  describe(`golden ${golden.family}`, () => {
    test.each(cases.map((reference) => [reference.name, reference] as const))('%s', async (_, reference) => {
      const result = await runCase(golden, reference);
      expect(result.message ?? '').toBe('');
      expect(result.status).toBe('passed');
    });

    test('has cases, and no runner without one', () => {
      const keys = new Set(cases.map((reference) => golden.keyOf(reference)));
      expect(cases.length).toBeGreaterThan(0);
      expect(golden.keys.filter((key) => !keys.has(key))).toEqual([]);
    });
  });
}
