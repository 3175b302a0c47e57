// Srivastava et al. 2014 on MNIST: our test error beside the rows of the paper's table. `--epochs N` trains longer.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, percent, table } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { HIDDEN_DROPOUT, INPUT_DROPOUT, MOMENTUM, NORM, PAPER_ROWS, PAPER_UPDATES, run } from './paper.js';

const EPOCHS = numberArgument('epochs', 12);
const { train, test } = loadMnist();

console.log(`MNIST: ${train.count} training and ${test.count} test images, no augmentation.`);
console.log(
  `784-1024-1024-1024-10, ReLU; dropout ${INPUT_DROPOUT} on the input and ${HIDDEN_DROPOUT} on hidden units, ` +
    `max-norm ${NORM}, SGD with momentum ${MOMENTUM} and a decaying rate; ${EPOCHS} epochs.\n`,
);
const result = await run({ train, test, epochs: EPOCHS, callbacks: [progressBar()] });

const error = (share: number): string => `${share.toFixed(2)} %`;
console.log(`\n${result.summary}\n`);
console.log('Test errors on MNIST; all but the last row are from table 2 of the paper (JMLR 15, 1929-1958):\n');
console.log(
  table([
    ['method', 'unit', 'architecture', 'test error'],
    ...PAPER_ROWS.map((row) => [row.method, row.unit, row.architecture, error(row.error)]),
    [
      `this run: dropout net + max-norm, ${EPOCHS} epochs`,
      'ReLU',
      '3 layers, 1024 units',
      error(100 * result.testError),
    ],
  ]),
);
console.log(
  `\n${EPOCHS} epochs of ${train.count / 100} updates: ${result.updates} updates in ${result.seconds.toFixed(1)} s. ` +
    `The paper trained for ${PAPER_UPDATES} updates, ${Math.round(PAPER_UPDATES / result.updates)} times as many: ` +
    'its figures are not to be expected of a run this short.',
);
console.log(
  `training error ${percent(result.trainingError)}; largest norm of the weights entering a unit: ${result.largestNorm.toFixed(4)}`,
);
