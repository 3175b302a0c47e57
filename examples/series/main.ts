// Cylinder, bell or funnel, from few series: the test figures with and without warping and noise, paired over seeds.

import { plot } from 'asciichart';
import { numberArgument } from '../figures.js';
import { comparisonTable, seedTable } from '../paired.js';
import { run } from './series.js';
import { drawShapes, LENGTH, SHAPES } from './shapes.js';

const isQuick = process.argv.includes('--quick');
const TRAIN = numberArgument('train', 12);
const TEST = isQuick ? 300 : 3000;
const EPOCHS = numberArgument('epochs', isQuick ? 100 : 150);
const SEEDS = numberArgument('seeds', isQuick ? 3 : 10);
const FIGURES = ['accuracy', 'F1'];

const { data } = drawShapes(SHAPES.length, 3).x;
SHAPES.forEach((shape, i) => {
  const series = Array.from(data.subarray(i * LENGTH, (i + 1) * LENGTH)).filter((_, t) => t % 2 === 0);
  console.log(`${shape}\n${plot(series, { height: 5 })}\n`);
});
const result = await run({
  train: TRAIN,
  test: TEST,
  epochs: EPOCHS,
  seeds: Array.from({ length: SEEDS }, (_, i) => i + 1),
  onRun: ({ seed }) => console.log(`seed ${seed} of ${SEEDS} done`),
});
console.log(`\n${result.summary}\n\ntrained on ${TRAIN} series, tested on ${TEST} others, in percent:\n`);
console.log(`${seedTable(result.runs, FIGURES[0]!)}\n`);
for (const figure of FIGURES) console.log(`${comparisonTable(result.runs, figure)}\n`);
console.log(`${result.seconds.toFixed(1)} s`);
