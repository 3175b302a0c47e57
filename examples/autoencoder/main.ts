// A tied denoising autoencoder on MNIST: prints its error beside baselines, and draws what it makes of noisy digits.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, table } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { NOISE, run, UNITS } from './autoencoder.js';
import { drawRows, writePicture } from './picture.js';

const EPOCHS = numberArgument('epochs', 5);
const PICTURE = 'reports/autoencoder.png';
const COLUMNS = 12;

const { train, test } = loadMnist();
console.log(
  `MNIST: ${train.count} training and ${test.count} test images; ${(100 * NOISE).toFixed(0)} % of the pixels are made black ` +
    `or white; ${UNITS} units, ${EPOCHS} epochs.\n`,
);
const result = await run({ train, test, epochs: EPOCHS, callbacks: [progressBar()] });
const { reconstruction, noisyImage, meanImage } = result.errors;
const timesBetter = (baseline: number): string => `${(baseline / reconstruction).toFixed(1)} times as much`;

console.log(`\n${result.summary}\n`);
console.log('Mean squared error of a pixel (0 to 1) on the test images:');
console.log(
  table([
    ['reconstruction of the noisy image', reconstruction.toFixed(5), ''],
    ['the noisy image itself', noisyImage.toFixed(5), timesBetter(noisyImage)],
    ['the mean of the training images', meanImage.toFixed(5), timesBetter(meanImage)],
  ]),
);
writePicture(PICTURE, drawRows([result.originals, result.noisy, result.reconstructed], COLUMNS));
console.log(`\ntrained in ${result.seconds.toFixed(1)} s; originals, noisy and reconstructed, from above: ${PICTURE}`);
