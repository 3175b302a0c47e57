// The tabular example of examples/tabular, on a small budget.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CUSTOMERS, FILE, generateCustomers } from '../../examples/tabular/customers.js';
import { run } from '../../examples/tabular/tabular.js';

test('the file is what its generator writes', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(generateCustomers());
});

test('from the CSV to a classifier that beats the larger class on held-out customers', async () => {
  const result = await run({ epochs: 12 });
  expect(result.customers).toBe(CUSTOMERS);
  expect(Object.keys(result.missing)).toEqual(['age', 'bill', 'region', 'payment']);
  expect(result.features).toHaveLength(4 + 2 + 5 + 3 + 3);
  expect(result.features).toContain('bill_missing');
  expect(result.testAccuracy).toBeGreaterThan(result.majorityAccuracy + 0.1);
  expect(result.testAuc).toBeGreaterThan(0.85);
  const right = result.confusion[0]![0]! + result.confusion[1]![1]!;
  expect(right / (CUSTOMERS / 5)).toBeCloseTo(result.testAccuracy, 6);
  expect(result.isSameFromJson).toBe(true);
});
