// Female or male? An LSTM reads first names letter by letter: prints its accuracy on held-out names beside the majority's.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, percent, table } from '../figures.js';
import { run } from './lstm.js';
import { loadNames } from './names.js';

const EPOCHS = numberArgument('epochs', 15);
const SHOWN = 12;

const { train, test } = loadNames();
console.log(
  `First names of Grady Ward's Moby lists (public domain): ${train.count} to train on, ${test.count} held out; ${EPOCHS} epochs.\n`,
);
const result = await run({ train, test, epochs: EPOCHS, callbacks: [progressBar()] });
console.log(`\n${result.summary}\n`);
console.log(`Held-out names, the first ${SHOWN}:`);
console.log(
  table([
    ['name', 'is', 'female with'],
    ...test.names
      .slice(0, SHOWN)
      .map((name, i) => [name, test.labels[i] === 1 ? 'female' : 'male', percent(result.scores[i]!)]),
  ]),
);
console.log(
  `\naccuracy on held-out names ${percent(result.testAccuracy)}; always the larger class: ${percent(result.majorityAccuracy)}; ` +
    `on training names ${percent(result.trainingAccuracy)}; trained in ${result.seconds.toFixed(1)} s`,
);
console.log(`padding names less changes a score by at most ${result.effectOfPadding.toExponential(1)}`);
