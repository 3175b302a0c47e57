// What the scripts of this folder have in common: the case that they are given, and how they answer.

/** { x, labels, weights, adam } of a 2-8-1 net with tanh, and a batch of 4. */
export const given = JSON.parse(process.argv[2]);

/** Values after the step are read only where they are asked for: they are no part of what is timed. */
const isChecked = process.argv[3] === 'check';

/** `readWeights` gives an array of numbers for each parameter. */
export async function answer(loss, readWeights, times = {}) {
  console.log(
    JSON.stringify({ loss, ...times, ...(isChecked && { weights: (await readWeights()).map((w) => [...w]) }) }),
  );
}
