// Made-up customers of a telephone company: who cancels? customers.csv is what this file writes (npx tsx
// examples/tabular/customers.ts), checked in to be read as any CSV. The data are nobody's: generated, public domain (CC0 1.0).

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { normalDraws, uniformDraws } from '../random.js';

export const CUSTOMERS = 1500;
export const FILE = new URL('customers.csv', import.meta.url);

const REGIONS = ['north', 'south', 'east', 'west', 'centre'];
const CONTRACTS = ['monthly', 'yearly', 'two years'];
const PAYMENTS = ['card', 'transfer', 'invoice, by post'];

/** The text of the file. */
export function generateCustomers(seed = 1): string {
  const uniform = uniformDraws(seed);
  const normal = normalDraws(seed + 1);
  const oneOf = (values: readonly string[]) => Math.floor(uniform() * values.length);
  const hidden = (share: number, cell: string) => (uniform() < share ? '' : cell);
  const quoted = (cell: string) => (cell.includes(',') ? `"${cell}"` : cell);
  const lines = ['age,months,bill,complaints,region,contract,payment,cancelled'];
  for (let i = 0; i < CUSTOMERS; i++) {
    const [age, months] = [Math.round(18 + 62 * uniform()), Math.floor(1 + 71 * uniform() * uniform())];
    const bill = 35 + 15 * normal() + (age < 30 ? 10 : 0);
    const complaints = Math.floor(5 * uniform() * uniform());
    const [region, contract, payment] = [oneOf(REGIONS), oneOf(CONTRACTS), oneOf(PAYMENTS)];
    // High bills weigh for the young, complaints for those on a monthly contract; the rest is chance.
    const risk =
      0.9 -
      1.2 * contract -
      months / 24 +
      (age < 35 ? (bill - 35) / 10 : 0) +
      (contract === 0 ? 1.2 : 0.3) * complaints +
      (payment === 2 ? 0.5 : 0) +
      0.8 * normal();
    const known = [hidden(0.06, `${age}`), `${months}`, hidden(0.1, bill.toFixed(2)), `${complaints}`];
    const kinds = [hidden(0.05, REGIONS[region]!), CONTRACTS[contract]!, hidden(0.04, PAYMENTS[payment]!)];
    lines.push([...known, ...kinds.map(quoted), risk > 0 ? 'yes' : 'no'].join(','));
  }
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, generateCustomers());
