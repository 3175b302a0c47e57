// A lasso as a dense layer with a proximal L1 penalty: prints its weights beside the truth and lassoRegression's.

import { progressBar } from '../../bindings/terminal.js';
import { numberArgument, table } from '../figures.js';
import { FEATURES, LAMBDA, NOISE, run, SUPPORT, supportOf } from './lasso.js';

const EPOCHS = numberArgument('epochs', 300);
const bar = progressBar();

console.log(
  `${FEATURES} standardised features, of which the target depends on ${Object.keys(SUPPORT).length}; ` +
    `noise of standard deviation ${NOISE}; penalty ${LAMBDA}; ${EPOCHS} epochs.\n`,
);
const result = await run({
  epochs: EPOCHS,
  callbacks: [
    { ...bar, onEpochEnd: (epoch, ...rest) => (epoch % 50 === 49 ? bar.onEpochEnd?.(epoch, ...rest) : undefined) },
  ],
});

const number = (value: number): string => (value === 0 ? '0' : value.toFixed(5));
const rows = Array.from(result.truth, (truth, i) => [
  `x${i}`,
  number(truth),
  number(result.weights[i]!),
  number(result.reference[i]!),
]);
console.log(`\n${table([['feature', 'truth', 'dense layer', 'lassoRegression'], ...rows])}\n`);

const [truth, found] = [supportOf(result.truth), supportOf(result.weights)];
const isExact = truth.join() === found.join();
const furthest = result.weights.reduce((most, weight, i) => Math.max(most, Math.abs(weight - result.reference[i]!)), 0);
console.log(`true support:           ${truth.map((i) => `x${i}`).join(' ')}`);
console.log(`weights that are not 0: ${found.map((i) => `x${i}`).join(' ')}: ${isExact ? 'the same' : 'NOT the same'}`);
console.log(
  `exact zeros: ${FEATURES - found.length} of ${FEATURES}; largest difference from lassoRegression ${furthest.toExponential(1)}; ` +
    `${result.samples} samples, ${result.seconds.toFixed(2)} s`,
);
if (!isExact) process.exitCode = 1;
