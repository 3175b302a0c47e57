// The search of examples/search, on a small budget.

import { expect, test } from 'vitest';
import { inline } from '../../bindings/selection/index.js';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';
import { objective } from '../../examples/search/objective.js';
import { run } from '../../examples/search/search.js';
import { drawParts } from '../../examples/study/run.js';

test(
  'five nets that ASHA found vote better than chance, and no worse than the worst',
  { timeout: 120_000 },
  async () => {
    const { train, test: held } = loadMnist();
    const parts = drawParts(takeImages(train, 3000), takeImages(held, 500), 1);
    const outcome = await run({ parts, trials: 8, epochs: 3, seed: 1, executor: inline(), objective });
    expect(outcome.result.trials).toHaveLength(8);
    expect(outcome.members.length).toBeGreaterThan(0);
    const accuracies = outcome.members.map(({ testAccuracy }) => testAccuracy);
    expect(outcome.ensembleAccuracy).toBeGreaterThan(0.6);
    expect(outcome.ensembleAccuracy).toBeGreaterThanOrEqual(Math.min(...accuracies));
  },
);
