// Who cancels? A CSV with missing values and categories, end to end: prints what was in it, the model, and how well it does.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, percent, table } from '../figures.js';
import { run } from './tabular.js';

const EPOCHS = numberArgument('epochs', 40);

const result = await run({ epochs: EPOCHS, callbacks: [progressBar()] });
console.log(`\n${result.customers} made-up customers of examples/tabular/customers.csv; missing cells:`);
console.log(
  table([['column', 'missing'], ...Object.entries(result.missing).map(([name, count]) => [name, `${count}`])]),
);
console.log(`\n${result.features.length} features after preprocessing: ${result.features.join(', ')}`);
console.log(`training and test part: ${result.parts.message || 'no difference found'}`);
console.log(`\n${result.summary}\n`);
const [no, yes] = result.confusion as [number[], number[]];
console.log(
  table([
    ['held-out customers', 'said to stay', 'said to cancel'],
    ['stayed', ...no.map(String)],
    ['cancelled', ...yes.map(String)],
  ]),
);
console.log(
  `\naccuracy on held-out customers ${percent(result.testAccuracy)}; always 'stays': ${percent(result.majorityAccuracy)}; ` +
    `on training customers ${percent(result.trainingAccuracy)}; area under the ROC curve ${result.testAuc.toFixed(3)}; ` +
    `trained in ${result.seconds.toFixed(1)} s`,
);
console.log(`the preprocessor read back from JSON gives ${result.isSameFromJson ? 'the same' : 'OTHER'} predictions`);
