// Tests of examples that need the built package and packages of their own: apart from those of `npm test`.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { wasmgrad: new URL('bindings/index.ts', import.meta.url).pathname } },
  test: {
    environment: 'node',
    include: ['examples/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 300_000,
    reporters: ['default', './tests/reporter.ts'],
  },
});
