// A search of equal trials by the built package: node trials.mjs inline|workers TRIALS. Says how long it took, and each loss.

import { inline, study, uniform } from '../../dist/selection.js';
import { workers } from '../../dist/workers.js';

const [place, trials] = process.argv.slice(2);
const module = new URL('trial.mjs', import.meta.url);

const begin = performance.now();
const executor = place === 'workers' ? workers() : inline();
const result = await study({
  space: { rate: uniform(0.001, 0.01) },
  objective: { module, name: 'trial' },
  executor,
  trials: Number(trials),
  seed: 1,
  // The same trials, however many run at once.
  lag: Number(trials),
});
await executor.close();
const milliseconds = performance.now() - begin;

console.log(JSON.stringify({ milliseconds, losses: result.trials.map(({ value }) => value) }));
