// Spam or not, from few mails: the test figures with and without word swap and synonyms, paired over seeds.

import { choiceArgument, numberArgument, percent } from '../figures.js';
import { comparisonTable, seedTable } from '../paired.js';
import { NETS, run } from './text.js';

const isQuick = process.argv.includes('--quick');
const TRAIN = numberArgument('train', 100);
const NET = choiceArgument('net', NETS);
const TEST = isQuick ? 500 : 2000;
const EPOCHS = numberArgument('epochs', isQuick ? 15 : 30);
const SEEDS = numberArgument('seeds', isQuick ? 3 : 10);
const FIGURES = ['accuracy', 'F1'];

const result = await run({
  net: NET,
  train: TRAIN,
  test: TEST,
  epochs: EPOCHS,
  seeds: Array.from({ length: SEEDS }, (_, i) => i + 1),
  onRun: ({ seed }) => console.log(`seed ${seed} of ${SEEDS} done`),
});
console.log(`\n${result.mails} mails of the SpamAssassin corpus, ${result.spam} of them spam. A spam mail begins\n`);
console.log(`  ${result.sample.text}\n\nand its variants in the first epochs\n`);
for (const variant of result.sample.variants) console.log(`  ${variant}`);
console.log(`\n${result.summary}\n\ntrained on ${TRAIN} mails, tested on ${TEST} others, in percent:\n`);
console.log(`${seedTable(result.runs, FIGURES[0]!)}\n`);
for (const figure of FIGURES) console.log(`${comparisonTable(result.runs, figure)}\n`);
console.log(`always 'no spam': accuracy ${percent(result.majority)}; ${result.seconds.toFixed(1)} s`);
