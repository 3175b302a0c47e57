// Kill it as often as you like: prints where each process began and was killed, and what came out in the end.

import { numberArgument, percent, table } from '../figures.js';
import { run } from './resume.js';

const kills = numberArgument('kills', 8);
console.log(`two spirals; a training process is killed up to ${kills} times, and goes on from its last checkpoint\n`);
const { attempts, batches, accuracy, killed, undisturbed } = await run({ kills });
console.log(
  table([
    ['process', 'from batch', 'ended'],
    ...attempts.map(({ from, killedAfter }, i) => [
      String(i + 1),
      `${from} of ${batches}`,
      killedAfter === undefined ? 'by itself' : `killed after ${killedAfter} ms`,
    ]),
  ]),
);
console.log(`\naccuracy ${percent(accuracy)}; SHA-256 of weights, optimiser states and history:`);
console.log(
  table([
    ['undisturbed', undisturbed],
    ['killed', killed],
  ]),
);
console.log(killed === undisturbed ? 'the same bytes' : 'OTHER BYTES');
if (killed !== undisturbed) process.exitCode = 1;
