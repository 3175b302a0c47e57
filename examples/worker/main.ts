// MNIST in a worker: prints how free the program's own thread is while the net trains there and here, and that the weights are the same.

import { numberArgument, percent, table } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { run, type Training } from './worker.js';

const EPOCHS = numberArgument('epochs', 3);
const { train } = loadMnist();
console.log(`784-256-10 on ${train.count} MNIST images, ${EPOCHS} epochs: in this thread, then in a worker\n`);
const { here, there } = await run({
  train,
  epochs: EPOCHS,
  url: new URL('../../build/worker-host.js', import.meta.url),
  onEpochEnd: (epoch, logs) => console.log(`epoch ${epoch + 1}  loss ${logs.loss!.toFixed(4)}`),
});
const rowOf = (where: string, { seconds, ticks, longestWait, accuracy }: Training) => [
  where,
  `${seconds.toFixed(1)} s`,
  percent(accuracy),
  `${ticks} of ${Math.floor(100 * seconds)}`,
  `${longestWait.toFixed(0)} ms`,
];
console.log(
  `\n${table([
    ['', 'training', 'accuracy', 'ticks of a 10 ms timer', 'longest wait'],
    rowOf('in this thread', here),
    rowOf('in a worker', there),
  ])}`,
);
console.log(`\nSHA-256 of the weights ${here.weights.slice(0, 16)} and ${there.weights.slice(0, 16)}`);
console.log(here.weights === there.weights ? 'the same bytes' : 'OTHER BYTES');
if (here.weights !== there.weights) process.exitCode = 1;
