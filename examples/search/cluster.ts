// npm run example:cluster [-- --trials N --epochs N --workers N]: the search of example:search through Redis, on worker
// processes as other machines would run them. Starts a redis-server of its own, or uses --redis URL with workers that run already.

import { bullmq } from '../../bindings/executors/bullmq.js';
import { numberArgument, textArgument, timed } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { drawParts } from '../study/run.js';
import { printOutcome, printTrial } from './print.js';
import { redisServer } from './redisServer.js';
import { run } from './search.js';
import { kill, ROOT, workerProcess } from './workerProcess.js';

const SEED = 1;
const QUEUE = 'example';
const trials = numberArgument('trials', 48);
const epochs = numberArgument('epochs', 24);
const workers = numberArgument('workers', 3);
const given = textArgument('redis');

const { train, test } = loadMnist();
const parts = drawParts(train, test, SEED);
const server = given === undefined ? await redisServer() : undefined;
const redis = given ?? server!.url;
const processes = server ? await Promise.all(Array.from({ length: workers }, () => workerProcess(redis, QUEUE))) : [];
const origin = server
  ? `${workers} worker processes`
  : `whatever workers run: npm run worker -- --redis URL --queue ${QUEUE}`;
console.log(
  `${trials} trials of at most ${epochs} epochs on ${parts.train.y.length} images, by ${origin}; ASHA ends those that look bad.\n`,
);
const executor = await bullmq({ redis, queue: QUEUE, root: ROOT });
try {
  const { value: outcome, seconds } = await timed(() =>
    run({
      ...{ parts, trials, epochs, seed: SEED, executor, onTrial: printTrial },
      objective: { module: new URL('./objective.mjs', import.meta.url), name: 'objective' },
    }),
  );
  await printOutcome(outcome, { trials, epochs, seconds });
} finally {
  await executor.close();
  await Promise.all(processes.map((child) => kill(child, 'SIGTERM')));
  await server?.remove();
}
