// Ends a run with the tests that did not run, and the line that .ci/run and people grep for: `N passed, N failed`.

import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node';

export default class TotalsReporter implements Reporter {
  private isFiltered = false;

  /** With a pattern of names all others are left out on purpose. */
  onInit({ config }: Vitest): void {
    this.isFiltered = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    const skipped: string[] = [];
    // Errors outside any test (a file that does not load, a hook, a stray rejection) must not read as success.
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        if (state === 'failed') failed++;
        if (state === 'skipped' && !this.isFiltered) skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    if (modules.length === 0) failed++;
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    if (skipped.length > 0) process.stdout.write(`${skipped.length} skipped\n`);
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}
