// Export, ONNX Runtime, import, fine-tuning: prints how far the results are apart, and what a few images of new digits teach.

import { numberArgument, percent } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { run } from './onnx.js';

const images = numberArgument('images', 10_000);
const shots = numberArgument('shots', 10);
console.log(`MNIST: ${images} images of 0 to 4, then ${shots} images of each digit from 5 to 9.\n`);
const result = await run({ ...loadMnist(), images, shots, epochs: 2 });
console.log(`0 to 4: accuracy on test images ${percent(result.accuracy)}`);
console.log(
  `model.onnx: ${(result.fileBytes / 1024).toFixed(0)} KiB; ONNX Runtime's probabilities of ${result.compared} images are within ` +
    `${result.difference.toExponential(1)} of predict's\n`,
);
console.log(`${result.summary}\n`);
console.log(
  `5 to 9: accuracy on test images ${percent(result.fineTuned)} by a new head on the frozen features, ` +
    `${percent(result.fromNothing)} by the same net trained from nothing`,
);
