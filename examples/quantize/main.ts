// Kernels in fewer bits on MNIST: the size of the file, the accuracy on the test images, and the time of predictions.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, percent, table } from '../figures.js';
import { loadMnist, takeImages } from '../mnist/data.js';
import { BATCH, run, type Row } from './quantize.js';

const EPOCHS = numberArgument('epochs', 2);
const { train: all, test } = loadMnist();
const train = takeImages(all, numberArgument('images', 20_000));

console.log(`MNIST: ${train.count} training and ${test.count} test images, ${EPOCHS} epochs for each net.`);
const rows = await run({
  train,
  test,
  epochs: EPOCHS,
  callbacks(net) {
    console.log(`\n${net}`);
    return [progressBar()];
  },
});

const HEADING = ['', 'kernels', 'file', 'test accuracy', 'max |Δp|', '1 image', `${BATCH} images`, 'in int8'];

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
const time = (own: number, before: number): string => `${own.toFixed(3)} ms ${(before / own).toFixed(2)}x`;

function line(row: Row): string[] {
  const { net, weights, bytes, accuracy, probabilityChange, milliseconds, int8 } = row;
  const first = rows.find((other) => other.net === net)!;
  return [
    row === first ? net : '',
    weights,
    `${kilobytes(bytes)} ${percentOf(bytes, first.bytes)}`,
    percent(accuracy),
    probabilityChange === 0 ? '0' : probabilityChange.toPrecision(2),
    time(milliseconds.one, first.milliseconds.one),
    time(milliseconds.batch, first.milliseconds.batch),
    int8.join(' ') || '-',
  ];
}

const percentOf = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`.padStart(5);

console.log(`\n${table([HEADING, ...rows.map(line)])}`);
console.log(
  '\nTimes are the best of some rounds; x: how many times as fast as float32. Layers that are not listed run in float32.',
);
