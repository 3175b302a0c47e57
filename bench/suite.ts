// What a suite is, and those whose cases are contests of the subjects.

import type { Ceilings } from './ceiling.js';
import { contest, type Contest, type Result, type Timing } from './harness.js';
import type { Subject } from './subject.js';

export interface Suite {
  name: string;
  cases: readonly string[];
  /** It starts processes or reads files: a page leaves it out. */
  needsNode?: true;
  /** It is run only where it, or a case of it, is asked for. */
  isOnRequest?: true;
  run(
    subjects: readonly Subject[],
    isWanted: (caseName: string) => boolean,
    ceilings: Ceilings,
    timing: Timing,
  ): AsyncGenerator<Result>;
}

/** A contest for each case that is wanted, set up when its turn comes. */
export function suiteOf<C, Outputs>(
  name: string,
  cases: readonly C[],
  nameOf: (settings: C) => string,
  contestOf: (settings: C) => Omit<Contest<Outputs>, 'suite' | 'case'>,
): Suite {
  return {
    name,
    cases: cases.map(nameOf),
    async *run(subjects, isWanted, ceilings, timing) {
      for (const settings of cases) {
        const caseName = nameOf(settings);
        if (!isWanted(caseName)) continue;
        const given = { suite: name, case: caseName, ...contestOf(settings) };
        yield await contest(given, subjects, ceilings, timing);
      }
    },
  };
}
