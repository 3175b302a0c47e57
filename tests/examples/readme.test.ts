import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interopTable } from '../../scripts/interopTable.js';

test("the README's table of formats is what the formats say", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(interopTable());
});
