// A convolutional net on all 60,000 MNIST images, 3 epochs: prints the accuracy on the 10,000 test images, and the time.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, percent } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { run } from './cnn.js';

const EPOCHS = numberArgument('epochs', 3);
const { train, test } = loadMnist();
console.log(`MNIST: ${train.count} training and ${test.count} test images, ${EPOCHS} epochs.\n`);
const result = await run({ train, test, epochs: EPOCHS, callbacks: [progressBar()] });
console.log(`\n${result.summary}\n`);
console.log(
  `accuracy on the test images ${percent(result.testAccuracy)}, on the training images ${percent(result.trainingAccuracy)}; ` +
    `trained in ${result.seconds.toFixed(1)} s`,
);
