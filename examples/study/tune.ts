// How the settings of the study were picked: candidates of each technique, by their mean accuracy on dev images of seeds that
// the study does not use. Test images are not looked at.

import {
  elasticNet,
  init,
  l1,
  l2,
  maxNorm,
  randomElasticTransform,
  randomRotation,
  randomTranslation,
  randomZoom,
} from '../../bindings/index.js';
import { numberArgument, percent } from '../figures.js';
import { loadMnist, takeImages } from '../mnist/data.js';
import { drawParts, runRecipe, type Trained } from './run.js';
import type { Recipe } from './techniques.js';

const slightly = [
  randomRotation({ degrees: 10 }),
  randomTranslation({ height: 0.07, width: 0.07 }),
  randomZoom({ factor: 0.1 }),
];
const bent = [...slightly, randomElasticTransform({ alpha: [0, 8], sigma: 4 })];

const CANDIDATES: Readonly<Record<string, readonly Recipe[]>> = {
  plain: [{}],
  augmentation: [slightly, bent].map((augment) => ({ augment })),
  'weight decay': [0.5, 1, 2].map((weightDecay) => ({ weightDecay })),
  L2: [3e-5, 1e-4, 3e-4].map((rate) => ({ regularizer: l2(rate) })),
  L1: [0.03, 0.06, 0.12].map((rate) => ({ regularizer: l1(rate, { proximal: true }) })),
  'elastic net': (
    [
      [0.3, 0.1],
      [1, 0.02],
      [1, 0.06],
      [2, 0.03],
    ] as const
  ).map(([rate, l1Ratio]) => ({ regularizer: elasticNet(rate, { l1Ratio, proximal: true }) })),
  'Gaussian noise': [0.2, 0.3, 0.4].map((noise) => ({ noise })),
  'max-norm': [1.2, 1.5, 2].map((norm) => ({ constraint: maxNorm(norm) })),
  'label smoothing': [0.05, 0.1, 0.2].map((labelSmoothing) => ({ labelSmoothing })),
  dropout: (
    [
      [0.2, 0.3],
      [0.4, 0.3],
      [0.4, 0.5],
      [0.5, 0.3],
    ] as const
  ).map((dropout) => ({ dropout })),
  'batch norm': [{ batchNormalization: true }],
  'early stopping': [6, 12].map((patience) => ({ patience })),
  'best combination': [
    { augment: bent, labelSmoothing: 0.1 },
    { augment: bent, dropout: [0.1, 0.1], labelSmoothing: 0.1 },
    { augment: bent, labelSmoothing: 0.1, weightDecay: 0.5 },
    { augment: slightly, dropout: [0.1, 0.1], labelSmoothing: 0.1 },
    { augment: bent, batchNormalization: true, labelSmoothing: 0.1 },
  ],
};

const SEEDS = [101, 102, 103, 104];
const epochs = numberArgument('epochs', 30);
const only = process.argv[process.argv.indexOf('--only') + 1];
await init({ threads: 'auto' });
const { train, test } = loadMnist();
const parts = SEEDS.map((seed) => drawParts(train, takeImages(test, 100), seed));

for (const [name, recipes] of Object.entries(CANDIDATES)) {
  if (process.argv.includes('--only') && name !== only) continue;
  for (const recipe of recipes) {
    const runs: Trained[] = [];
    for (const [i, seed] of SEEDS.entries()) runs.push(await runRecipe(recipe, parts[i]!, { seed, epochs }));
    const mean = (figure: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + figure(run), 0) / runs.length;
    const dev = percent(mean((run) => run.devAccuracy));
    console.log(
      `${name.padEnd(18)} dev ${dev}  ${mean((run) => run.seconds).toFixed(2)} s  ${JSON.stringify(recipe, (key, value: unknown) => (key === 'fill' ? undefined : value))}`,
    );
  }
}
