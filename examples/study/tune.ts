// How the settings of the study were picked: candidates of each technique, by their mean accuracy on dev images of seeds that
// the study does not use. Test images are not looked at.

import { elasticNet, init, l1, l2, maxNorm } from '../../bindings/index.js';
import { numberArgument, percent } from '../figures.js';
import { loadMnist, takeImages } from '../mnist/data.js';
import { drawParts, runRecipe, type Trained } from './run.js';
import type { Recipe } from './techniques.js';

const CANDIDATES: Readonly<Record<string, readonly Recipe[]>> = {
  plain: [{}],
  L2: [1e-4, 1e-3, 3e-3].map((rate) => ({ regularizer: l2(rate) })),
  L1: [1e-4, 3e-4].map((rate) => ({ regularizer: l1(rate, { proximal: true }) })),
  'elastic net': [3e-4, 1e-3].map((rate) => ({ regularizer: elasticNet(rate, { l1Ratio: 0.5, proximal: true }) })),
  dropout: (
    [
      [0.2, 0.5],
      [0.4, 0.3],
    ] as const
  ).map((dropout) => ({ dropout })),
  'batch norm': [{ batchNormalization: true }],
  'early stopping': [6].map((patience) => ({ patience })),
  'Gaussian noise': [0.3, 0.6].map((noise) => ({ noise })),
  'max-norm': [0.5, 1].map((norm) => ({ constraint: maxNorm(norm) })),
  'label smoothing': [0.1, 0.3].map((labelSmoothing) => ({ labelSmoothing })),
  'best combination': [
    { dropout: [0.3, 0.3], noise: 0.2, labelSmoothing: 0.1 },
    { dropout: [0.2, 0.5], noise: 0.3, labelSmoothing: 0.1 },
    { dropout: [0.2, 0.5], noise: 0.3, labelSmoothing: 0.1, batchNormalization: true },
    { dropout: [0.3, 0.5], constraint: maxNorm(1), labelSmoothing: 0.1 },
  ],
};

const SEEDS = [101, 102];
const epochs = numberArgument('epochs', 30);
await init({ threads: 'auto' });
const { train, test } = loadMnist();
const parts = SEEDS.map((seed) => drawParts(train, takeImages(test, 100), seed));

for (const [name, recipes] of Object.entries(CANDIDATES)) {
  for (const recipe of recipes) {
    const runs: Trained[] = [];
    for (const [i, seed] of SEEDS.entries()) runs.push(await runRecipe(recipe, parts[i]!, { seed, epochs }));
    const mean = (figure: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + figure(run), 0) / runs.length;
    const dev = percent(mean((run) => run.devAccuracy));
    console.log(`${name.padEnd(18)} dev ${dev}  ${mean((run) => run.seconds).toFixed(2)} s  ${JSON.stringify(recipe)}`);
  }
}
