// npm run example:search [-- --trials N --epochs N --threads N --journal PATH]

import { availableParallelism } from 'node:os';
import { workers } from '../../bindings/executors/workers.js';
import { fileJournal } from '../../bindings/node.js';
import { numberArgument, textArgument, timed } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { drawParts } from '../study/run.js';
import { printOutcome, printTrial } from './print.js';
import { run } from './search.js';

const SEED = 1;
const trials = numberArgument('trials', 48);
const epochs = numberArgument('epochs', 24);
const threads = numberArgument('threads', availableParallelism());
const journal = textArgument('journal');

const { train, test } = loadMnist();
const parts = drawParts(train, test, SEED);
console.log(
  `${trials} trials of at most ${epochs} epochs on ${parts.train.y.length} images, ${threads} workers; ASHA ends those that look bad.\n`,
);
const executor = workers({ threads });
const { value: outcome, seconds } = await timed(async () =>
  run({
    ...{ parts, trials, epochs, seed: SEED, executor },
    objective: { module: new URL('./objective.mjs', import.meta.url), name: 'objective' },
    ...(journal !== undefined && { journal: fileJournal(journal) }),
    onTrial: printTrial,
  }),
);
await executor.close();

await printOutcome(outcome, { trials, epochs, seconds });
