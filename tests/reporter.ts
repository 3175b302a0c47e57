// Ends a run with the line that .ci/run and people grep for: `N passed, N failed`.

import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    // Errors outside any test (a file that does not load, a hook, a stray rejection) must not read as success.
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        if (state === 'failed') failed++;
      }
    }
    if (modules.length === 0) failed++;
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  }
}
